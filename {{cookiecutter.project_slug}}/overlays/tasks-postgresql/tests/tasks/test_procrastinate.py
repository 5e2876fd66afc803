import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import func, insert, select, text

from app.clock import new_id, now
from app.database import Database
from app.settings import Settings
from app.tasks.procrastinate import ProcrastinateBackend
from app.tasks.schemas import TaskRecord, TaskState
from app.tasks.store_sql import EXPIRED_AT_ONCE, TASKS
from tests.support.probe.tasks import notes
from tests.support.processes import until
from tests.support.waiting import Wait
from tests.tasks.conftest import Submit

BLOCKED = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def left_by_a_worker_in_recovery(
    backend: ProcrastinateBackend, database: Database
) -> set[asyncio.Task[object]]:
    before = asyncio.all_tasks()
    async with database.begin() as session:
        await session.execute(text("LOCK TABLE background_tasks"))
        async with asyncio.timeout(30), backend.working():
            while not await session.scalar(BLOCKED):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return asyncio.all_tasks() - before


def test_a_worker_that_stops_leaves_nothing_behind_that_uses_the_database(client: TestClient) -> None:
    state = client.app_state
    assert client.portal
    assert not client.portal.call(left_by_a_worker_in_recovery, state["tasks"], state["database"])


def test_tasks_that_no_worker_serves_are_logged_when_the_service_is_probed(client: TestClient) -> None:
    client.post("/v1/test-probe/echo")
    with structlog.testing.capture_logs() as lines:
        assert client.get("/health/ready").json()["checks"]["tasks"] == "ok"
    assert [line["tasks"] for line in lines if line["event"] == "tasks_unserved"] == [{"probe.echo": 1}]


class TestLongLease:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"task_lease": 40})

    def test_a_retry_starts_when_its_backoff_ends(self, submit: Submit, wait: Wait, folder: Path) -> None:
        started = time.monotonic()
        assert wait(submit("flaky", folder=str(folder), failures=2))["attempts"] == 3
        # Procrastinate itself would look for it after ten seconds.
        assert time.monotonic() - started < 5
        first, second, third = map(float, notes(folder, "started"))
        assert second - first >= 0.05
        assert third - second >= 0.1


async def add_old(database: Database, amount: int) -> None:
    ended = TaskRecord(
        name="old", arguments={}, state=TaskState.SUCCEEDED, ended_at=now() - timedelta(days=9)
    )
    async with database.begin() as session:
        await session.execute(insert(TASKS), [{**dict(ended), "id": new_id()} for _ in range(amount)])


async def count_records(database: Database) -> int:
    async with database.begin() as session:
        return int(await session.scalar(select(func.count()).select_from(TASKS)) or 0)


def test_old_records_go_in_slices(client: TestClient) -> None:
    state, portal = client.app_state, client.portal
    assert portal
    portal.call(add_old, state["database"], EXPIRED_AT_ONCE + 1)
    with portal.wrap_async_context_manager(state["tasks"].working()):
        until(lambda: portal.call(count_records, state["database"]) == 0)
