"""Tasks in a table of the database, so that none is lost and every process sees them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from app.clock import now
from app.database.sql import Base, Database, Session, UTCDateTime
from app.errors import UnavailableError
from app.settings import Settings
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
    sa.Column("request_id", sa.String),
    # When to start an attempt: now, after the backoff, or when the lease of the running one ends.
    sa.Column("due_at", UTCDateTime, default=now, index=True),
    sa.Column("failures", sa.Integer, nullable=False),
    # How often it was started with no other task in its process.
    sa.Column("starts_alone", sa.Integer, nullable=False, default=0),
    sa.Column("cancelling", sa.Boolean, nullable=False, default=False),
    # Also for a page of the tasks in one state.
    sa.Index(None, "state", "id"),
)
# The other columns are for claims only.
COLUMNS = [TASKS.c[name] for name in TaskRecord.model_fields]
SUMMARY = [TASKS.c[name] for name in TaskSummary.model_fields]
# In more rows at once, other writers would wait too long.
EXPIRED_AT_ONCE = 500
QUEUED = TASKS.c.state == TaskState.QUEUED


class SqlTaskStore:
    def __init__(self, database: Database, settings: Settings) -> None:
        self.begin = database.begin
        self._queue_size = settings.task_queue_size

    async def add(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        queued = await session.scalar(sa.select(sa.func.count()).where(QUEUED)) or 0
        if queued + len(tasks) > self._queue_size:
            raise UnavailableError("Too many tasks are waiting. Try again later.")
        await session.execute(sa.insert(TASKS), [dict(task) for task in tasks])

    async def get(self, id: UUID) -> TaskRecord | None:
        return await self._one(TASKS.c.id == id)

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[TaskSummary]:
        query = sa.select(*SUMMARY).order_by(TASKS.c.id).limit(limit)
        query = query.where(TASKS.c.id > after) if after else query
        query = query.where(TASKS.c.state == state) if state else query
        async with self.begin() as session:
            return [TaskSummary.model_validate(row) for row in (await session.execute(query)).mappings()]

    async def count_queued(self) -> Mapping[str, int]:
        query = sa.select(TASKS.c.name, sa.func.count()).where(QUEUED).group_by(TASKS.c.name)
        async with self.begin() as session:
            return dict(list(await session.execute(query)))

    async def count_alone(self, id: UUID) -> int:
        more = sa.update(TASKS).where(TASKS.c.id == id).values(starts_alone=TASKS.c.starts_alone + 1)
        async with self.begin() as session:
            return await session.scalar(more.returning(TASKS.c.starts_alone)) or 0

    async def _one(self, condition: sa.ColumnElement[bool]) -> TaskRecord | None:
        async with self.begin() as session:
            row = (await session.execute(sa.select(*COLUMNS).where(condition))).mappings().one_or_none()
            return TaskRecord.model_validate(row) if row else None
