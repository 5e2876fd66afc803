"""What Prometheus may ask for."""

from contextlib import suppress

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Histogram, generate_latest

from .errors import UnavailableError

TASKS_QUEUED = Gauge("tasks_queued", "Tasks that wait, in the whole queue.", ["task"])
TASKS_RUNNING = Gauge("tasks_running", "Tasks that run in this process.", ["task"])
TASK_DURATION = Histogram("task_duration_seconds", "Attempts in this process.", ["task"])


async def metrics(request: Request) -> Response:
    TASKS_QUEUED.clear()
    # A queue that does not answer is no reason to keep the rest from whoever asks.
    with suppress(UnavailableError):
        for name, count in (await request.state.tasks.records.count()).items():
            TASKS_QUEUED.labels(name).set(count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def install_metrics(app: FastAPI) -> None:
    app.get("/metrics", include_in_schema=False)(metrics)
