"""Redis refuses, freezes, or loses: a task that was accepted runs, and its request is answered."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
import structlog
from docket import Docket
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.factory import create_app
from app.settings import Settings
from tests.support.docket import GivenRedis, RedisServer
from tests.support.probe.tasks import notes
from tests.support.waiting import Wait, ended
from tests.tasks.conftest import Submit

KEY = {"Idempotency-Key": "the-first"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"task_lease": 1, "redis_timeout": 3})


@contextmanager
def refusing(url: str, command: str) -> Generator[None]:
    with redis.Redis.from_url(url) as client:
        client.execute_command("ACL", "SETUSER", "default", f"-{command}")
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", "default", f"+{command}")


def test_a_task_that_redis_refuses_for_a_moment_is_accepted_and_runs_once(
    client: TestClient, wait: Wait, redis_url: str, folder: Path
) -> None:
    arguments = {"folder": str(folder), "number": 1}
    with refusing(redis_url, "xadd"):
        first = client.post("/v1/test-probe/work", json=arguments, headers=KEY)
        assert first.status_code == 202
    again = client.post("/v1/test-probe/work", json=arguments, headers=KEY)
    assert again.json() == first.json()
    assert wait(first.headers["Location"])["state"] == "succeeded"
    assert len(client.get("/tasks").json()["items"]) == len(notes(folder, "done")) == 1


def test_what_was_refused_leaves_the_queue_when_it_has_run(
    client: TestClient, submit: Submit, wait: Wait, settings: Settings, redis_url: str
) -> None:
    with refusing(redis_url, "xadd"):
        locations = [submit("echo") for _ in range(settings.task_queue_size)]
        assert client.post("/v1/test-probe/echo").status_code == 503
    assert {wait(location)["state"] for location in locations} == {"succeeded"}
    assert wait(submit("echo"))["attempts"] == 1


def test_a_task_whose_process_dies_before_it_is_delivered_runs(
    client: TestClient, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deliver_nothing(*_: object) -> list[Any]:
        return []

    with monkeypatch.context() as patch:
        patch.setattr(Docket, "add_many", deliver_nothing)
        accepted = client.post("/v1/test-probe/echo")
    assert wait(accepted.headers["Location"])["attempts"] == 1


def test_tasks_that_wait_for_longer_than_the_lease_run_once(
    client: TestClient, submit: Submit, held: list[str], settings: Settings, folder: Path, wait: Wait
) -> None:
    waiting = [submit("work", folder=str(folder), number=number) for number in range(3)]
    time.sleep(2.5 * settings.task_lease)
    (folder / "go").touch()
    assert {wait(location)["attempts"] for location in (*held, *waiting)} == {1}
    assert len(notes(folder, "done")) == 3


@pytest.fixture
def freeze(redis_server: RedisServer | GivenRedis) -> Iterator[Callable[[], None]]:
    yield redis_server.freeze
    redis_server.thaw()


def test_a_frozen_redis_keeps_no_client_waiting_for_longer_than_its_timeout(
    client: TestClient, settings: Settings, freeze: Callable[[], None]
) -> None:
    location = client.post("/v1/test-probe/echo").headers["Location"]

    def seconds(method: str, path: str, headers: dict[str, str]) -> float:
        started = time.monotonic()
        assert client.request(method, path, headers=headers).status_code in (200, 202, 503)
        return time.monotonic() - started

    requests = (
        ("POST", "/v1/test-probe/echo", {}),
        ("POST", "/v1/test-probe/echo", KEY),
        ("GET", location, {}),
        ("GET", "/tasks", {}),
        ("GET", "/tasks?state=queued", {}),
        ("POST", f"{location}/cancel", {}),
        ("POST", f"{location}/cancel", {"Idempotency-Key": "the-second"}),
        ("GET", "/health/ready", {}),
    )
    freeze()
    with ThreadPoolExecutor(len(requests)) as clients:
        # Whoever waits twice takes twice as long, on a busy machine too.
        taken = [*clients.map(seconds, *zip(*requests, strict=True))]
    assert max(taken) < 2 * settings.redis_timeout


def test_tasks_that_no_worker_serves_are_logged_when_the_service_is_probed(client: TestClient) -> None:
    client.post("/v1/test-probe/echo")
    with structlog.testing.capture_logs() as lines:
        assert client.get("/health/ready").json()["checks"]["tasks"] == "ok"
    assert [line["tasks"] for line in lines if line["event"] == "tasks_unserved"] == [{"probe.echo": 1}]


@pytest.mark.usefixtures("app")
def test_a_service_starts_and_stops_without_redis(settings: Settings) -> None:
    app: FastAPI = create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    with TestClient(app) as client:
        assert client.get("/health/live").status_code == 200
        ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]["tasks"]) == (503, "UnavailableError")


def test_a_page_of_many_records_is_whole(client: TestClient, submit: Submit, wait: Wait) -> None:
    for _ in range(12):
        ended(client, submit("echo"))
    assert len(client.get("/tasks?limit=10").json()["items"]) == 10


@pytest.mark.timeout(60)
def test_a_sweep_that_misses_its_cancellation_keeps_no_process_from_ending(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeping = threading.Event()

    async def overdue() -> list[UUID]:
        if not sweeping.is_set():
            sweeping.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        return []

    with TestClient(create_app(settings)) as client:
        monkeypatch.setattr(client.app_state["tasks"].store, "overdue", overdue)
        assert sweeping.wait(30)
