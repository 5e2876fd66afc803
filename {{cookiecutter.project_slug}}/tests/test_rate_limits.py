"""Too many requests of one client."""

import time
from collections.abc import MutableMapping
from typing import Any

import pytest
import structlog
from fastapi import FastAPI, HTTPException, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from app import rate_limits
from app.rate_limits import MemoryCounters, RateLimits
from app.settings import Settings

ORIGIN = "https://shop.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limit": "3/hour", "cors_origins": (ORIGIN,)})


def test_one_request_too_many_is_a_429_that_says_when_to_try_again(client: TestClient) -> None:
    for left in (2, 1, 0):
        response = client.get("/nowhere")
        assert response.status_code == 404
        assert response.headers["RateLimit"].startswith(f'"client";r={left};t=')
        assert response.headers["RateLimit-Policy"] == '"client";q=3;w=3600'
    refused = client.get("/nowhere", headers={"Origin": ORIGIN})
    assert refused.status_code == refused.json()["status"] == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert "3 requests per hour" in refused.json()["detail"]
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"]
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "RateLimit" in refused.headers["Access-Control-Expose-Headers"]


def test_it_does_not_matter_what_is_asked_for(app: FastAPI, client: TestClient) -> None:
    @app.websocket("/probe/socket")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    with client.websocket_connect("/probe/socket"):
        pass
    found = [client.request(method, "/docs").status_code for method in ("GET", "HEAD", "POST")]
    assert found == [200, 200, 429]
    with pytest.raises(WebSocketDenialResponse) as denial, client.websocket_connect("/probe/socket"):
        pass
    assert (denial.value.status_code, denial.value.json()["status"]) == (429, 429)
    assert denial.value.headers["Retry-After"]


def test_another_client_and_probes_are_served(app: FastAPI, client: TestClient) -> None:
    assert [client.get("/nowhere").status_code for _ in range(4)] == [404, 404, 404, 429]
    assert client.get("/health/ready").status_code != 429
    assert "RateLimit" not in client.get("/health/live").headers
    assert client.get("/nowhere", headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 429
    assert status_for(app, client, "192.0.2.9") == 404


def status_for(app: FastAPI, client: TestClient, address: str) -> int:
    """Of a request from another address to the same running application."""
    sent: list[Any] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/nowhere", "headers": [], "query_string": b""}
    assert client.portal
    client.portal.call(app, {**scope, "client": (address, 1), "state": dict(client.app_state)}, None, send)
    status: int = sent[0]["status"]
    return status


def test_what_is_refused_is_logged_as_any_other_request(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        for _ in range(4):
            client.get("/nowhere")
    assert [line["status"] for line in lines if line["event"] == "request"] == [404, 404, 404, 429]


def test_every_operation_documents_it(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    responses = [operation["responses"] for path in paths.values() for operation in path.values()]
    assert all("Retry-After" in each["429"]["headers"] for each in responses)


# Counters in memory


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which stands still."""
    times = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: times[0])
    return times


async def test_a_window_begins_with_the_first_request_and_ends_for_all_of_them(clock: list[float]) -> None:
    counters = MemoryCounters()
    assert await counters.count("a", 60) == (1, 60)
    clock[0] += 59
    assert await counters.count("a", 60) == (2, 1)
    assert await counters.count("b", 60) == (1, 60)
    clock[0] += 1
    assert await counters.count("a", 60) == (1, 60)
    assert await counters.count("b", 60) == (2, 59)


async def test_what_has_ended_is_forgotten_and_there_are_never_too_many(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "MAX_COUNTERS", 100)
    counters = MemoryCounters()
    for number in range(110):
        await counters.count(str(number), 60)
    assert kept(counters) == 101
    clock[0] += 60
    for number in range(100):
        await counters.count(f"new {number}", 60)
    assert kept(counters) == 100


def kept(counters: MemoryCounters) -> int:
    return sum(len(each) for each in vars(counters)["_windows"].values())


@pytest.mark.parametrize(
    ("period", "seconds"), [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)]
)
async def test_a_window_is_as_long_as_its_period(period: str, seconds: int) -> None:
    headers = await RateLimits(MemoryCounters()).hit("login", f"1/{period}")
    assert headers["RateLimit-Policy"] == f'"login";q=1;w={seconds}'


async def test_each_name_and_each_rate_has_counters_of_its_own(clock: list[float]) -> None:
    limits: Any = RateLimits(MemoryCounters())
    await limits.hit("login", "1/minute", "192.0.2.1", "ann@shop.example")
    await limits.hit("login", "1/minute", "192.0.2.1", "bob@shop.example")
    await limits.hit("client", "1/minute", "192.0.2.1")
    with pytest.raises(HTTPException) as refused:
        await limits.hit("login", "1/minute", "192.0.2.1", "ann@shop.example")
    assert (refused.value.status_code, (refused.value.headers or {})["Retry-After"]) == (429, "60")
