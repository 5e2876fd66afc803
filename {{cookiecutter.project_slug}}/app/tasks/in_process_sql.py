"""The in-process backend on the database: leases in the table of tasks."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update

from app.clock import now
from app.database import Database
from app.settings import Settings
from .backend import Outcome, Task
from .in_process import InProcessBackend, open_in_process
from .registry import TaskRegistry
from .schemas import TaskState
from .store_sql import COLUMNS, TASKS, SqlTaskStore


class SqlLeaseStore(SqlTaskStore):
    async def claim(self, limit: int, lease: timedelta, running: Collection[UUID]) -> Sequence[Task]:
        due = select(TASKS.c.id).where(TASKS.c.due_at <= now(), TASKS.c.id.not_in([*running]))
        first = due.order_by(TASKS.c.due_at).limit(limit).with_for_update(skip_locked=True).cte()
        started = {"state": TaskState.RUNNING, "attempts": TASKS.c.attempts + 1, "started_at": now()}
        claim = update(TASKS).where(TASKS.c.id.in_(select(first.c.id)))
        async with self.begin() as session:
            rows = await session.execute(claim.values(**started, due_at=now() + lease).returning(*COLUMNS))
            return [Task.model_validate(row) for row in rows.mappings()]

    async def renew(self, attempts: Mapping[UUID, int], lease: timedelta) -> Mapping[UUID, bool]:
        ours = tuple_(TASKS.c.id, TASKS.c.attempts).in_(attempts.items())
        renew = update(TASKS).where(ours, TASKS.c.state == TaskState.RUNNING).values(due_at=now() + lease)
        async with self.begin() as session:
            rows = await session.execute(renew.returning(TASKS.c.id, TASKS.c.cancelling))
            return dict(list(rows))

    async def finish(self, task: Task, outcome: Outcome) -> None:
        # A later attempt has another number.
        ours = TASKS.c.id == task.id, TASKS.c.attempts == task.attempts, TASKS.c.state == TaskState.RUNNING
        async with self.begin() as session:
            await session.execute(update(TASKS).where(*ours).values(**vars(outcome)))

    async def cancel(self, id: UUID) -> None:
        cancelled = {"state": TaskState.CANCELLED, "ended_at": now(), "due_at": None}
        task = update(TASKS).where(TASKS.c.id == id)
        async with self.begin() as session:
            await session.execute(task.where(TASKS.c.state == TaskState.QUEUED).values(**cancelled))
            await session.execute(task.where(TASKS.c.state == TaskState.RUNNING).values(cancelling=True))

    async def expire(self, ttl: timedelta) -> None:
        async with self.begin() as session:
            await session.execute(delete(TASKS).where(TASKS.c.ended_at < now() - ttl))


def open_tasks(
    settings: Settings, registry: TaskRegistry, database: Database
) -> AbstractAsyncContextManager[InProcessBackend]:
    return open_in_process(settings, registry, SqlLeaseStore(database))
