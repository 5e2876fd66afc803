"""Counters that all processes share, and what becomes of requests without them."""

import socket
import time
from collections.abc import Iterator

import pytest
import structlog
from fastapi import HTTPException
from fastapi.testclient import TestClient

from app.factory import create_app
from app.redis import rate_limits
from app.redis.rate_limits import open_rate_limits
from app.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limit": "3/hour"})


@pytest.fixture
def other(settings: Settings) -> Iterator[TestClient]:
    """Of another process."""
    with TestClient(create_app(settings)) as client:
        yield client


def test_processes_count_together(client: TestClient, other: TestClient) -> None:
    assert [each.get("/nowhere").status_code for each in (client, other) * 2] == [404, 404, 404, 429]
    refused = other.get("/nowhere")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600


def test_a_window_ends(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"rate_limit": "1/second"}))) as client:
        first = [client.get("/nowhere").status_code for _ in range(3)]
        time.sleep(1.1)
        assert (first[0], first[-1], client.get("/nowhere").status_code) == (404, 429, 404)


@pytest.fixture(params=["refused", "silent"])
def lost_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Nothing listens there, or what does says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1] if request.param == "silent" else 1
        yield f"redis://127.0.0.1:{port}/0"


async def test_while_redis_is_away_each_process_counts_and_waits_once(
    lost_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with structlog.testing.capture_logs() as lines:
        async with open_rate_limits(settings.model_copy(update={"redis_url": lost_url})) as limits:
            monkeypatch.setattr(rate_limits, "PATIENCE", 0.1)
            for _ in range(3):
                await limits.hit("client", "3/hour", "192.0.2.1")
            with pytest.raises(HTTPException, match="429"):
                await limits.hit("client", "3/hour", "192.0.2.1")
    assert [line["event"] for line in lines] == ["rate_limits_local"]


async def test_redis_is_asked_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PAUSE", 0)
    async with open_rate_limits(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})) as limits:
        with structlog.testing.capture_logs() as lines:
            for _ in range(2):
                await limits.hit("client", "3/hour", "192.0.2.1")
    assert len(lines) == 2
