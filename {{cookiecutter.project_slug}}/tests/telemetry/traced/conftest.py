"""A service whose spans go to a collector of the tests."""

from collections.abc import Iterator

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.telemetry.traced.collector import SAMPLED, Collector, collecting


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        yield collector


@pytest.fixture
def client(collector: Collector, app: FastAPI, client: TestClient) -> TestClient:
    """Its requests are sampled. Some routes fail, and what they raise holds what the client has sent."""

    @app.post("/probe/fails")
    async def fails(body: dict[str, str]) -> None:
        raise RuntimeError(f"no {body}")

    @app.get("/probe/speaks")
    async def speaks() -> None:
        structlog.get_logger().info("spoken", trace_id="ours")

    client.headers.update(SAMPLED)
    return client
