"""A table with many tasks costs no more than one with few."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, func, insert, inspect, select

from app.clock import now
from app.settings import Settings
from app.tasks.schemas import TaskRecord, TaskState
from app.tasks.store_sql import EXPIRED_AT_ONCE, TASKS
from tests.support.processes import until


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"task_lease": 0.4})


@pytest.fixture
def deletes() -> Iterator[list[str]]:
    """The statements that delete tasks."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "DELETE FROM background_tasks" in statement:
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def ended(count: int) -> list[dict[str, Any]]:
    long_ago = now() - timedelta(days=30)
    state = TaskState.SUCCEEDED
    tasks = [TaskRecord(name="old", arguments={}, state=state, ended_at=long_ago) for _ in range(count)]
    return [dict(task) | {"due_at": None} for task in tasks]


async def add(client: TestClient, rows: list[dict[str, Any]]) -> None:
    async with client.app_state["database"].begin() as session:
        await session.execute(insert(TASKS), rows)


async def count(client: TestClient) -> int:
    async with client.app_state["database"].begin() as session:
        return await session.scalar(select(func.count()).select_from(TASKS)) or 0


def test_records_expire_a_few_at_once_and_soon_all(
    client: TestClient, runner: None, deletes: list[str]
) -> None:
    portal = client.portal
    assert portal
    before = len(deletes)
    portal.call(add, client, ended(2 * EXPIRED_AT_ONCE + 1))
    until(lambda: portal.call(count, client) == 0)
    assert len(deletes) >= before + 3


async def indexes(client: TestClient) -> Any:
    async with client.app_state["database"].begin() as session:
        found = lambda connection: inspect(connection).get_indexes(TASKS.name)  # noqa: E731
        return await (await session.connection()).run_sync(found)


def test_a_page_of_one_state_comes_from_an_index(client: TestClient) -> None:
    assert client.portal
    found = client.portal.call(indexes, client)
    assert ["state", "id"] in [each["column_names"] for each in found]
