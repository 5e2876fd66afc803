"""Tasks in a table of the database, so that none is lost and every process sees them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

# % if cookiecutter.auth != "none"
from app.auth import required_principal
# % endif
from app.clock import now
from app.database.sql import Base, Database, Session, UTCDateTime
from app.settings import Settings
from .backend import Outcome, refuse_when_full
from .schemas import TaskRecord, TaskState, TaskSummary

TASKS = sa.Table(
    "background_tasks",
    Base.metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("submitted_at", UTCDateTime, nullable=False),
    sa.Column("started_at", UTCDateTime),
    sa.Column("ended_at", UTCDateTime, index=True),
    sa.Column("result", sa.JSON),
    sa.Column("problem", sa.JSON),
    sa.Column("context", sa.JSON, nullable=False),
    # When to start an attempt: now, after the backoff, or when the lease of the running one ends.
    sa.Column("due_at", UTCDateTime, default=now, index=True),
    sa.Column("failures", sa.Integer, nullable=False),
    # How often it was started with no other task in its process.
    sa.Column("starts_alone", sa.Integer, nullable=False, default=0),
    sa.Column("cancelling", sa.Boolean, nullable=False, default=False),
    # % if cookiecutter.auth != "none"
    sa.Column("owner", sa.String, nullable=False, server_default=""),
    sa.Index(None, "owner", "id"),
    # % endif
    # Also for a page of the tasks in one state.
    sa.Index(None, "state", "id"),
)
# The other columns are for claims only.
COLUMNS = [TASKS.c[name] for name in TaskRecord.model_fields]
SUMMARY = [TASKS.c[name] for name in TaskSummary.model_fields]
# In more rows at once, other writers would wait too long.
EXPIRED_AT_ONCE = 500
QUEUED = TASKS.c.state == TaskState.QUEUED


def cancelled_columns() -> dict[str, object]:
    return {"state": TaskState.CANCELLED, "ended_at": now(), "due_at": None}


class SqlTaskStore:
    def __init__(self, database: Database, settings: Settings) -> None:
        self.begin = database.begin
        self._queue_size, self._ttl = settings.task_queue_size, timedelta(seconds=settings.task_ttl)

    async def add(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        queued = await session.scalar(sa.select(sa.func.count()).where(QUEUED)) or 0
        refuse_when_full(queued, len(tasks), self._queue_size)
        await session.execute(sa.insert(TASKS), [dict(task) for task in tasks])

    async def get(self, id: UUID) -> TaskRecord | None:
        return await self._one(TASKS.c.id == id)

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[TaskSummary]:
        query = sa.select(*SUMMARY).order_by(TASKS.c.id).limit(limit)
        # % if cookiecutter.auth != "none"
        query = query.where(TASKS.c.owner == required_principal().owner)
        # % endif
        query = query.where(TASKS.c.id > after) if after else query
        query = query.where(TASKS.c.state == state) if state else query
        async with self.begin() as session:
            return [TaskSummary.model_validate(row) for row in (await session.execute(query)).mappings()]

    async def count_queued(self) -> Mapping[str, int]:
        query = sa.select(TASKS.c.name, sa.func.count()).where(QUEUED).group_by(TASKS.c.name)
        async with self.begin() as session:
            return dict(list(await session.execute(query)))

    async def oldest_due(self) -> datetime | None:
        # What waits for its first attempt may have been delivered again, and then is due again.
        first = sa.case((TASKS.c.attempts == 0, TASKS.c.submitted_at), else_=TASKS.c.due_at)
        async with self.begin() as session:
            due_at: datetime | None = await session.scalar(sa.select(sa.func.min(first)).where(QUEUED))
            return due_at

    async def finish(self, id: UUID, attempt: int, outcome: Outcome) -> None:
        """How this attempt ended; nothing when a later one, which has another number, has been started."""
        ours = TASKS.c.id == id, TASKS.c.attempts == attempt, TASKS.c.state == TaskState.RUNNING
        async with self.begin() as session:
            await session.execute(sa.update(TASKS).where(*ours).values(**vars(outcome)))

    async def expire(self) -> bool:
        """Some of the oldest; whether there may be more."""
        old = sa.select(TASKS.c.id).where(TASKS.c.ended_at < now() - self._ttl).order_by(TASKS.c.ended_at)
        expired = sa.delete(TASKS).where(TASKS.c.id.in_(old.limit(EXPIRED_AT_ONCE))).returning(TASKS.c.id)
        async with self.begin() as session:
            return len((await session.execute(expired)).all()) == EXPIRED_AT_ONCE

    async def count_alone(self, id: UUID) -> int:
        more = sa.update(TASKS).where(TASKS.c.id == id).values(starts_alone=TASKS.c.starts_alone + 1)
        async with self.begin() as session:
            return await session.scalar(more.returning(TASKS.c.starts_alone)) or 0

    async def _one(self, condition: sa.ColumnElement[bool]) -> TaskRecord | None:
        async with self.begin() as session:
            row = (await session.execute(sa.select(*COLUMNS).where(condition))).mappings().one_or_none()
            return TaskRecord.model_validate(row) if row else None
