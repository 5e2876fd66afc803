import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.database import Database, SessionDep, after_commit, open_database
from app.errors import ConflictError, UnavailableError
from app.factory import create_app
from app.settings import Settings
from app.tasks import TaskRecord, TasksDep
from tests.conftest import Wait
from tests.probe.tasks import echo

TABLES = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    "CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)",
)
ADD_PARENT = text("INSERT INTO parents VALUES (1)")
ADD_CHILD = text("INSERT INTO children VALUES (1)")
COUNT = text("SELECT count(*) FROM parents")


async def execute(settings: Settings, *statements: str) -> None:
    async with open_database(settings) as database, database.begin() as session:
        for statement in statements:
            await session.execute(text(statement))


@pytest.fixture
def tables(settings: Settings) -> Iterator[None]:
    """Two tables that no domain has."""
    asyncio.run(execute(settings, *TABLES))
    yield
    asyncio.run(execute(settings, "DROP TABLE children", "DROP TABLE parents"))


@pytest.fixture
async def database(settings: Settings, tables: None) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database


async def count(database: Database) -> int:
    async with database.begin() as session:
        return (await session.execute(COUNT)).scalar_one()


async def test_the_end_of_a_block_commits(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(ADD_PARENT)
    assert await count(database) == 1


async def test_an_error_in_a_block_takes_all_of_it_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as session:
            await session.execute(ADD_PARENT)
            raise ZeroDivisionError
    assert await count(database) == 0


async def test_a_taken_key_is_a_conflict(database: Database) -> None:
    with pytest.raises(ConflictError):
        async with database.begin() as session:
            await session.execute(ADD_PARENT)
            await session.execute(ADD_PARENT)


@pytest.mark.usefixtures("tables")
def test_a_commit_that_fails_is_never_a_success(app: FastAPI) -> None:
    @app.post("/probe/child", status_code=201)
    async def add_child(session: SessionDep) -> str:
        await session.execute(ADD_CHILD)
        return "done"

    with TestClient(app) as client:
        answer = client.post("/probe/child")
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"


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
    async def submit_and_break_off(tasks: TasksDep, session: SessionDep) -> TaskRecord:
        await session.execute(ADD_CHILD)
        return tasks.submit(echo)

    return app


@pytest.mark.parametrize("path", ["/probe/before", "/probe/after"])
def test_a_task_is_submitted_with_the_rows_of_its_request(
    submitting: FastAPI, client: TestClient, wait: Wait, path: str
) -> None:
    accepted = client.post(path)
    assert accepted.status_code == 202
    assert wait(accepted.headers["Location"])["state"] == "succeeded"
    # Now the row is in the way: the second request is taken back, with its task.
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
        answers = list(pool.map(lambda _: client.post(path, headers={"Idempotency-Key": "first"}), range(8)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert client.post(path, headers={"Idempotency-Key": "first"}).status_code == 202
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 202}) == 1


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


async def test_what_is_to_follow_a_commit_follows_no_other_end(database: Database) -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append(await count(database))

    async with database.begin() as session:
        await after_commit(session, look)
        await session.execute(ADD_PARENT)
        assert seen == []
    assert seen == [1]
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as session:
            await after_commit(session, look)
            raise ZeroDivisionError
    assert seen == [1]


async def test_more_requests_than_connections_wait_for_each_other(database: Database) -> None:
    assert await asyncio.gather(*(count(database) for _ in range(50))) == [0] * 50


async def test_waiting_has_an_end(settings: Settings) -> None:
    settings = settings.model_copy(update={"database_pool_size": 1, "database_timeout": 0.1})
    async with open_database(settings) as database, database.begin() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(UnavailableError):
            async with database.begin() as another:
                await another.execute(text("SELECT 1"))


def test_a_lost_database_is_a_503_that_can_be_tried_again(settings: Settings, lost_url: str) -> None:
    app = create_app(settings.model_copy(update={"database_url": lost_url}))

    @app.get("/probe/select")
    async def select(session: SessionDep) -> int:
        return (await session.execute(text("SELECT 1"))).scalar_one()

    with TestClient(app) as client:
        for path in ("/probe/select", "/health/ready"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
        assert client.get("/health/live").status_code == 200
