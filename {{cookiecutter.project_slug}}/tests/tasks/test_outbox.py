from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from app.errors import ConflictError
from app.settings import Settings
from app.tasks import TaskEngine, TaskRecord, TasksDep
from app.tasks.outbox import open_outbox
from tests.conftest import Wait


async def greet(_: object, name: str) -> str:
    return f"hello {name}"


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many jobs each flush of an outbox has put into the queue."""
    counts: list[int] = []
    original = TaskEngine.put

    def counting(self: TaskEngine, jobs: Any) -> None:
        original(self, jobs)
        counts.append(len(jobs))

    monkeypatch.setattr(TaskEngine, "put", counting)
    return counts


@pytest.fixture
def app(app: FastAPI, put: list[int]) -> FastAPI:
    @app.post("/probe/greet", status_code=202)
    async def submit(tasks: TasksDep) -> TaskRecord:
        record = tasks.submit(greet, name="you")
        assert not put, "a task left before the work of the request was done"
        return record

    @app.post("/probe/fail", status_code=202)
    async def fail(tasks: TasksDep) -> TaskRecord:
        tasks.submit(greet, name="you")
        raise ConflictError("No.")

    @app.post("/probe/many", status_code=202)
    async def many(tasks: TasksDep) -> TaskRecord:
        for _ in range(2000):
            record = tasks.submit(greet, name="you")
        return record

    return app


def test_a_task_leaves_when_the_work_of_its_request_is_done(
    client: TestClient, put: list[int], wait: Wait
) -> None:
    accepted = client.post("/probe/greet")
    assert accepted.status_code == 202
    assert accepted.json()["state"] == "queued"
    assert put == [1]
    record = wait(accepted.headers["Location"])
    assert (record["name"], record["result"]) == ("tasks.greet", "hello you")


def test_a_failed_request_sends_nothing(client: TestClient, put: list[int]) -> None:
    assert client.post("/probe/fail").status_code == 409
    assert put == []


def test_a_full_queue_is_an_error_and_never_a_202(client: TestClient, settings: Settings) -> None:
    assert settings.task_queue_size < 2000
    refused = client.post("/probe/many")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert "Location" not in refused.headers


def test_the_address_of_a_task_knows_the_prefix_that_a_proxy_cuts_off(app: FastAPI) -> None:
    with TestClient(app, root_path="/api") as client:
        accepted = client.post("/probe/greet")
    assert accepted.headers["Location"] == f"/api/tasks/{accepted.json()['id']}"


def calls_of(dependant: Dependant) -> list[object]:
    """What FastAPI calls for a handler, in that order."""
    return [call for part in dependant.dependencies for call in (*calls_of(part), part.call)]


def test_every_handler_opens_the_outbox_first(app: FastAPI) -> None:
    """What is opened first is closed last: tasks leave after the commit. Put `TasksDep` before the rest."""
    for route in iter_route_contexts(app.routes):
        calls = calls_of(route.dependant) if isinstance(route.original_route, APIRoute) else []
        assert open_outbox not in calls[1:], route.path
