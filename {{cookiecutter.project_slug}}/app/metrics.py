"""Metrics for Prometheus: each part counts what it does, and `GET /metrics` shows all of it."""

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


async def show_metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def install_metrics(app: FastAPI) -> None:
    app.get("/metrics", include_in_schema=False)(show_metrics)
