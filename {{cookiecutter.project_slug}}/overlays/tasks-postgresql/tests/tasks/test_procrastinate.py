import asyncio

from fastapi.testclient import TestClient
from sqlalchemy import text

from app.database import Database
from app.tasks.procrastinate import ProcrastinateBackend

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
