"""Leases in the table of tasks: a process has a task for as long as it renews its lease."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update

from app.clock import now
from app.database import Database
from app.settings import Settings
from .backend import Outcome
from .schemas import TaskRecord, TaskState
from .store_sql import COLUMNS, TASKS, SqlTaskStore


class LeaseStore(SqlTaskStore):
    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__(database, settings)
        self._lease, self._ttl = timedelta(seconds=settings.task_lease), timedelta(seconds=settings.task_ttl)

    async def claim(self, limit: int, running: Collection[UUID]) -> Sequence[TaskRecord]:
        due = select(TASKS.c.id).where(TASKS.c.due_at <= now(), TASKS.c.id.not_in([*running]))
        first = due.order_by(TASKS.c.due_at).limit(limit).with_for_update(skip_locked=True).cte()
        started = {"state": TaskState.RUNNING, "attempts": TASKS.c.attempts + 1, "started_at": now()}
        claim = update(TASKS).where(TASKS.c.id.in_(select(first.c.id)))
        async with self.begin() as session:
            values = claim.values(**started, due_at=now() + self._lease)
            rows = await session.execute(values.returning(*COLUMNS))
            return [TaskRecord.model_validate(row) for row in rows.mappings()]

    async def renew(self, attempts: Mapping[UUID, int]) -> Mapping[UUID, bool]:
        """The tasks that this process still has, and whether a client has cancelled them."""
        ours = tuple_(TASKS.c.id, TASKS.c.attempts).in_(attempts.items()), TASKS.c.state == TaskState.RUNNING
        renew = update(TASKS).where(*ours).values(due_at=now() + self._lease)
        async with self.begin() as session:
            rows = await session.execute(renew.returning(TASKS.c.id, TASKS.c.cancelling))
            return dict(list(rows))

    async def finish(self, task: TaskRecord, outcome: Outcome) -> None:
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

    async def expire(self) -> None:
        async with self.begin() as session:
            await session.execute(delete(TASKS).where(TASKS.c.ended_at < now() - self._ttl))
