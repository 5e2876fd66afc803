"""Tasks that Docket delivers, as rows of the database: committed with the work of their requests."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.clock import now
from app.database import Database
from app.settings import Settings
from .docket import DocketBackend, open_docket
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState
from .store_sql import COLUMNS, QUEUED, TASKS, SqlTaskStore, cancelled_columns

AT_ONCE = 1000
RUNNING = TASKS.c.state == TaskState.RUNNING


class DocketSqlTaskStore(SqlTaskStore):
    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__(database, settings)
        self._lease = timedelta(seconds=settings.task_lease)

    async def start(self, id: UUID) -> TaskRecord | None:
        unended = update(TASKS).where(TASKS.c.id == id, TASKS.c.ended_at.is_(None))
        started = {"state": TaskState.RUNNING, "started_at": now(), "due_at": now() + self._lease}
        async with self.begin() as session:
            # It was to be cancelled when its worker died.
            await session.execute(unended.where(TASKS.c.cancelling).values(**cancelled_columns()))
            attempt = unended.values(**started, attempts=TASKS.c.attempts + 1).returning(*COLUMNS)
            row = (await session.execute(attempt)).mappings().one_or_none()
            return TaskRecord.model_validate(row) if row else None

    async def cancel(self, id: UUID) -> bool:
        task = TASKS.c.id == id
        async with self.begin() as session:
            await session.execute(update(TASKS).where(task, QUEUED).values(**cancelled_columns()))
            running = select(TASKS.c.id).where(task, RUNNING, TASKS.c.cancelling.is_(False))
            return await session.scalar(running) is not None

    async def note_cancelling(self, id: UUID) -> None:
        async with self.begin() as session:
            await session.execute(update(TASKS).where(TASKS.c.id == id, RUNNING).values(cancelling=True))

    async def overdue(self) -> Sequence[UUID]:
        missed = TASKS.c.due_at < now() - self._lease
        async with self.begin() as session:
            found = await session.scalars(select(TASKS.c.id).where(missed).limit(AT_ONCE))
            if ids := found.all():
                again = update(TASKS).where(TASKS.c.id.in_(ids), missed)
                await session.execute(again.values(due_at=now()))
            return ids


def open_tasks(
    settings: Settings, registry: TaskRegistry, database: Database
) -> AbstractAsyncContextManager[DocketBackend]:
    return open_docket(settings, registry, DocketSqlTaskStore(database, settings))
