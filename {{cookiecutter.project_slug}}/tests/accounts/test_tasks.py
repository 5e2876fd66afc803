"""The tasks of an account that is deleted, and what it had under way."""

import asyncio
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.accounts import tasks
from app.database import Database, ownership_sql
from app.idempotency.store_sql import KEYS
from app.settings import Settings
from app.tasks.schemas import TaskState
from app.tasks.store_sql import TASKS
from tests.accounts.test_administration import shelve, shelves
from tests.support.accounts import Person
from tests.support.owned_tables import OwnShelf
from tests.support.probe.tasks import notes
from tests.support.processes import until


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"task_concurrency": 2})


@pytest.mark.parametrize("with_heir", [False, True])
def test_its_tasks_are_cancelled(
    client: TestClient, admin: Person, ada: Person, bob: Person, with_heir: bool, tmp_path: Path
) -> None:
    assert client.portal
    store = client.app_state["tasks"].store

    def submit(person: Person) -> UUID:
        arguments = {"folder": str(tmp_path)}
        response = client.post("/v1/test-probe/hold", json=arguments, headers=person.headers)
        return UUID(response.headers["Location"].rpartition("/")[2])

    def state_of(id: UUID) -> TaskState:
        return client.portal.call(store.get, id).state if client.portal else TaskState.FAILED

    # More than run at the same time.
    hers, his = [submit(ada) for _ in range(3)], submit(bob)
    with client.portal.wrap_async_context_manager(client.app_state["tasks"].working()):
        until(lambda: len(notes(tmp_path, "started")) == 2)
        heir = {"heir": str(bob.id)} if with_heir else {}
        assert client.delete(f"/accounts/{ada.id}", params=heir, headers=admin.headers).status_code == 204
        until(lambda: {state_of(id) for id in hers} == {TaskState.CANCELLED}, 60)
        (tmp_path / "go").touch()
        until(lambda: state_of(his) == TaskState.SUCCEEDED, 60)
    assert len(notes(tmp_path, "ended")) == 1


@pytest.mark.usefixtures("tables", "runner")
@pytest.mark.parametrize("with_heir", [False, True])
def test_what_it_had_under_way_is_removed_later(
    client: TestClient,
    admin: Person,
    ada: Person,
    bob: Person,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_heir: bool,
) -> None:
    waited, over = list[float](), Event()

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.to_thread(over.wait, 60)

    monkeypatch.setattr(tasks, "sleep", wait)
    monkeypatch.setattr(ownership_sql, "owned_tables", lambda: [OwnShelf.__table__])
    assert client.portal
    call, database = client.portal.call, client.app_state["database"]
    for person in (ada, bob):
        headers = {**person.headers, "Idempotency-Key": "1"}
        given = {"folder": str(tmp_path)}
        assert client.post("/v1/test-probe/hold", json=given, headers=headers).status_code == 202
    heir = {"heir": str(bob.id)} if with_heir else {}
    assert client.delete(f"/accounts/{ada.id}", params=heir, headers=admin.headers).status_code == 204
    # A request that was let in before, and ends after it.
    call(shelve, database, ada, "late")
    until(lambda: waited == [client.app_state["settings"].request_timeout])
    over.set()
    after = {"late": str(bob.id)} if with_heir else {}
    until(lambda: call(shelves, database) == after, 60)
    (tmp_path / "go").touch()
    assert call(owners_of_tasks, database) == {str(bob.id), ""}
    assert call(count_keys, database) == 1


async def owners_of_tasks(database: Database) -> set[str]:
    async with database.begin() as session:
        return {*await session.scalars(select(TASKS.c.owner))}


async def count_keys(database: Database) -> int:
    async with database.begin() as session:
        return len((await session.execute(select(KEYS.c.key))).all())
