"""Counters that all processes share, and what becomes of requests without them."""

import socket
from collections.abc import Iterator

import pytest
import redis
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


def test_a_window_ends_when_it_has_to_whatever_comes_in_the_meantime(
    settings: Settings, client: TestClient
) -> None:
    client.get("/nowhere")
    with redis.Redis.from_url(settings.redis_url) as server:
        [key] = server.scan_iter(f"{settings.redis_prefix}:rate:*")
        assert 3500 < server.ttl(key) <= 3600
        server.expire(key, 100)
        client.get("/nowhere")
        assert 0 < server.ttl(key) <= 100


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
