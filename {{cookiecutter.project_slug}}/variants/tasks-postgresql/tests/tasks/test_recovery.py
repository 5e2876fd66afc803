import asyncio

from fastapi.testclient import TestClient
from sqlalchemy import text

from app.database import Database
from app.tasks.engine import TaskEngine

BLOCKED = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def left_by_a_worker_in_recovery(engine: TaskEngine, database: Database) -> set[asyncio.Task[object]]:
    before = asyncio.all_tasks()
    async with database.begin() as session:
        await session.execute(text("LOCK TABLE tasks"))
        async with engine.working():
            while not await session.scalar(BLOCKED):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return asyncio.all_tasks() - before


def test_a_worker_that_stops_leaves_nothing_behind_that_uses_the_database(client: TestClient) -> None:
    state = client.app_state
    assert client.portal
    assert not client.portal.call(left_by_a_worker_in_recovery, state["tasks"], state["database"])
