"""Tasks in a table of the database, so that none is lost and every process sees them."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    String,
    Table,
    Uuid,
    func,
    insert,
    select,
)

from app.clock import now
from app.database.sql import Base, Database, Session, UTCDateTime
from .backend import Task
from .schemas import TaskState

TASKS = Table(
    "background_tasks",
    Base.metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("submitted_at", UTCDateTime, nullable=False),
    Column("started_at", UTCDateTime),
    Column("ended_at", UTCDateTime, index=True),
    Column("result", JSON),
    Column("problem", JSON),
    Column("request_id", String),
    Column("idempotency_key", String, unique=True),
    Column("fingerprint", String),
    # When to start an attempt: now, after the backoff, or when the lease of the running one ends.
    Column("due_at", UTCDateTime, default=now, index=True),
    Column("cancelling", Boolean, nullable=False, default=False),
)
# The other columns are for claims only.
COLUMNS = [TASKS.c[name] for name in Task.model_fields]


class SqlTaskStore:
    durable = True

    def __init__(self, database: Database) -> None:
        self.begin = database.begin

    async def add(self, session: Session, tasks: Sequence[Task]) -> None:
        await session.execute(insert(TASKS), [dict(task) for task in tasks])

    async def get(self, id: UUID) -> Task | None:
        return await self._one(TASKS.c.id == id)

    async def find(self, idempotency_key: str) -> Task | None:
        return await self._one(TASKS.c.idempotency_key == idempotency_key)

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[Task]:
        query = select(*COLUMNS).order_by(TASKS.c.id).limit(limit)
        query = query.where(TASKS.c.id > after) if after else query
        query = query.where(TASKS.c.state == state) if state else query
        async with self.begin() as session:
            return [Task.model_validate(row) for row in (await session.execute(query)).mappings()]

    async def count_queued(self, session: Session | None = None) -> Mapping[str, int]:
        query = select(TASKS.c.name, func.count()).where(TASKS.c.state == TaskState.QUEUED)
        async with nullcontext(session) if session else self.begin() as own:
            rows = await own.execute(query.group_by(TASKS.c.name))
            return dict(list(rows))

    async def _one(self, condition: ColumnElement[bool]) -> Task | None:
        async with self.begin() as session:
            row = (await session.execute(select(*COLUMNS).where(condition))).mappings().one_or_none()
            return Task.model_validate(row) if row else None
