import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest
import structlog
from fastapi.testclient import TestClient

from app.factory import create_app
from app.health import Readiness, open_readiness
from app.settings import Settings


def test_the_liveness_probe_returns_200(client: TestClient) -> None:
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_the_readiness_probe_returns_200_and_names_its_checks(client: TestClient) -> None:
    client.app_state["readiness"] = Readiness({"good": passes}, timeout=1)
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["checks"]) == (200, {"good": "ok"})


async def passes() -> None: ...


async def fails() -> None:
    raise ConnectionError("amqp://user:s3cret@host")


async def hangs() -> None:
    await asyncio.sleep(60)


async def test_a_failed_check_gives_its_reason_and_no_secrets() -> None:
    readiness = Readiness({"good": passes, "bad": fails, "slow": hangs}, timeout=0.01)
    with structlog.testing.capture_logs() as lines:
        report = await readiness.report()
    assert report == {"good": "ok", "bad": "ConnectionError", "slow": "TimeoutError"}
    assert {line["check"] for line in lines} == {"bad", "slow"}


async def test_a_check_that_cannot_be_cancelled_takes_no_longer_and_runs_once() -> None:
    started: list[bool] = []
    end = asyncio.Event()

    async def holds_on() -> None:
        started.append(True)
        while not end.is_set():
            with suppress(asyncio.CancelledError):
                await end.wait()

    readiness = Readiness({"slow": holds_on}, timeout=0.01)
    for _ in range(3):
        assert await asyncio.wait_for(readiness.report(), 1) == {"slow": "TimeoutError"}
    assert len(started) == 1
    end.set()
    assert await readiness.report() == {"slow": "ok"}


def test_a_service_with_a_failed_part_is_not_ready(client: TestClient) -> None:
    client.app_state["readiness"] = Readiness({"good": passes, "bad": fails}, timeout=1)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {"good": "ok", "bad": "ConnectionError"}
    assert response.headers["Retry-After"]


def test_a_stopping_service_is_not_ready(client: TestClient) -> None:
    client.app_state["readiness"].stopping = True
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200


def test_a_stopping_service_closes_each_connection_after_its_response(client: TestClient) -> None:
    assert "Connection" not in client.get("/health/live").headers
    client.app_state["readiness"].stopping = True
    for path in ("/health/live", "/health/ready", "/nowhere"):
        assert client.get(path).headers["Connection"] == "close"


@pytest.fixture
def server_stops() -> Iterator[list[int]]:
    """The signals that reached the server; a stand-in for its own handler of SIGTERM."""
    stops: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: stops.append(number))
    yield stops
    signal.signal(signal.SIGTERM, before)


async def test_sigterm_ends_readiness_at_once_and_the_server_later(
    settings: Settings, server_stops: list[int]
) -> None:
    settings = settings.model_copy(update={"drain_delay": 0.05})
    async with open_readiness(settings, {}) as readiness:
        signal.raise_signal(signal.SIGTERM)
        assert readiness.stopping
        assert not server_stops
        await asyncio.sleep(0.2)
        assert len(server_stops) == 1


async def test_a_second_sigterm_does_not_wait(settings: Settings, server_stops: list[int]) -> None:
    async with open_readiness(settings, {}):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert len(server_stops) == 1


async def test_the_handler_of_the_server_is_put_back(settings: Settings, server_stops: list[int]) -> None:
    async with open_readiness(settings, {}):
        pass
    signal.raise_signal(signal.SIGTERM)
    assert len(server_stops) == 1


def test_the_revision_is_in_the_response_to_readiness_probes(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"service_revision": "abc123"}))) as client:
        assert client.get("/health/ready").json()["revision"] == "abc123"
        client.app_state["readiness"] = Readiness({"bad": fails}, timeout=1)
        assert client.get("/health/ready").json()["revision"] == "abc123"
