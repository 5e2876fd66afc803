from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from app.database import SessionDep
from app.errors import ConflictError
from app.settings import Settings
from app.tasks import TaskRecord, TasksDep
from app.tasks import submitting as submitting_to
from tests.support.probe.tasks import echo
from tests.support.tables import ADD_CHILD, ADD_PARENT
from tests.support.waiting import Wait


@pytest.fixture
def submitting(app: FastAPI, tables: None) -> FastAPI:
    """With handlers that write a row and submit a task."""

    @app.post("/probe/after", status_code=202)
    async def submit_after(session: SessionDep, tasks: TasksDep) -> TaskRecord:
        await session.execute(ADD_PARENT)
        return tasks.submit(echo)

    @app.post("/probe/before", status_code=202)
    async def submit_before(tasks: TasksDep, session: SessionDep) -> TaskRecord:
        record = tasks.submit(echo)
        await session.execute(ADD_PARENT)
        return record

    @app.post("/probe/child", status_code=202)
    async def submit_and_fail(tasks: TasksDep, session: SessionDep) -> TaskRecord:
        await session.execute(ADD_CHILD)
        return tasks.submit(echo)

    @app.post("/probe/savepoint")
    async def submit_in_a_savepoint(request: Request, session: SessionDep) -> None:
        async with session.begin_nested(), submitting_to(request.state, session) as tasks:
            tasks.submit(echo)
        raise ConflictError("Taken.")

    @app.post("/probe/stream")
    async def submit_too_late(tasks: TasksDep) -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            yield str(tasks.submit(echo).id)

        return StreamingResponse(lines())

    return app


def test_a_task_of_a_savepoint_goes_with_its_request(submitting: FastAPI, client: TestClient) -> None:
    assert client.post("/probe/savepoint").status_code == 409
    assert client.get("/tasks").json()["items"] == []


def test_a_task_that_is_submitted_after_the_end_of_its_transaction_is_an_error(
    submitting: FastAPI, client: TestClient
) -> None:
    with pytest.raises(RuntimeError, match=r"has ended: open another one by submitting\(\)"):
        client.post("/probe/stream")
    assert client.get("/tasks").json()["items"] == []


@pytest.mark.parametrize("path", ["/probe/before", "/probe/after"])
def test_a_task_is_submitted_with_the_rows_of_its_request(
    submitting: FastAPI, client: TestClient, wait: Wait, path: str
) -> None:
    accepted = client.post(path)
    assert accepted.status_code == 202
    assert wait(accepted.headers["Location"])["state"] == "succeeded"
    # Now the row conflicts: the second request is rolled back, with its task.
    assert client.post(path).status_code == 409
    assert len(client.get("/tasks").json()["items"]) == 1


def test_a_commit_that_fails_submits_no_task(submitting: FastAPI, client: TestClient, runner: None) -> None:
    refused = client.post("/probe/child")
    assert refused.status_code == 409
    assert "Location" not in refused.headers
    assert client.get("/tasks").json()["items"] == []


@pytest.mark.parametrize("path", ["/probe/before", "/probe/after"])
def test_of_the_same_request_at_the_same_time_one_writes_its_row(
    submitting: FastAPI, client: TestClient, runner: None, path: str
) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(
            pool.map(lambda _: client.post(path, headers={"Idempotency-Key": "first"}), range(8))
        )
    assert {response.status_code for response in responses} <= {202, 409}
    assert client.post(path, headers={"Idempotency-Key": "first"}).status_code == 202
    assert len({response.json()["id"] for response in responses if response.status_code == 202}) == 1


class TestOneConnection:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"database_pool_size": 1, "database_timeout": 2})

    def test_a_request_that_writes_and_submits_needs_no_other_one(
        self, submitting: FastAPI, client: TestClient, wait: Wait
    ) -> None:
        first = client.post("/probe/after", headers={"Idempotency-Key": "first"})
        assert first.status_code == 202
        assert client.post("/probe/after", headers={"Idempotency-Key": "second"}).status_code == 409
        assert wait(first.headers["Location"])["state"] == "succeeded"
