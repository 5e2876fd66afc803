"""The records of tasks: in the database, where they follow the jobs of Procrastinate by a trigger."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.calls import TaskState
from app.database import Base, Database, Session

# What came of an attempt, unless there has been another one since; and the end of tasks that ended long ago.
KEEP = (
    "UPDATE tasks SET result = %(result)s, problem = %(problem)s WHERE id = %(id)s AND attempts = %(attempt)s"
)
FORGET = """
WITH old AS (DELETE FROM tasks WHERE ended_at < now() - make_interval(secs => :ttl) RETURNING job_id)
DELETE FROM procrastinate_jobs WHERE id IN (SELECT job_id FROM old)
"""


class Task(Base):
    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(index=True)
    attempts: Mapped[int]
    submitted_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    result: Mapped[Any] = mapped_column(JSON, nullable=True)
    problem: Mapped[Any] = mapped_column(JSON, nullable=True)
    request_id: Mapped[str | None]
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    fingerprint: Mapped[str | None]
    job_id: Mapped[int] = mapped_column(BigInteger, unique=True)


class Records:
    def __init__(self, database: Database) -> None:
        self._begin = database.begin

    async def add(self, session: Session, tasks: Sequence[Task]) -> None:
        session.add_all(tasks)
        await session.flush()

    async def get(self, **keys: object) -> Task | None:
        async with self._begin() as session:
            return await session.scalar(select(Task).filter_by(**keys))

    async def kept(self, task_id: str) -> dict[str, Any]:
        """What an attempt has left whose end could not be told to Procrastinate."""
        task = await self.get(id=UUID(task_id))
        if task is None or task.result is task.problem is None:
            return {}
        state = TaskState.FAILED if task.problem else TaskState.SUCCEEDED
        return {"state": state, "result": task.result, "problem": task.problem}

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[Task]:
        query = select(Task).where(Task.id > (after or UUID(int=0))).order_by(Task.id).limit(limit)
        async with self._begin() as session:
            return (await session.scalars(query.filter_by(state=state) if state else query)).all()

    async def count(self, session: Session | None = None) -> dict[str, int]:
        """How many tasks wait, by their name."""
        query = select(Task.name, func.count()).filter_by(state=TaskState.QUEUED).group_by(Task.name)
        async with nullcontext(session) if session else self._begin() as own:
            return dict((await own.execute(query)).all())
