"""The records of tasks: in the database, so that none is lost and every process sees them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, delete, func, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from app.calls import TaskState
from app.clock import now
from app.database import Base, Database, Session

DURABLE = True


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
    # When to take it up: after its back-off, or when the process that runs it has not renewed its lease.
    due_at: Mapped[datetime | None] = mapped_column(default=now, index=True)
    cancelling: Mapped[bool] = mapped_column(default=False)


class Records:
    def __init__(self, database: Database) -> None:
        self._begin = database.begin

    async def add(self, session: Session, tasks: Sequence[Task]) -> None:
        session.add_all(tasks)
        await session.flush()

    async def get(self, **keys: object) -> Task | None:
        async with self._begin() as session:
            return await session.scalar(select(Task).filter_by(**keys))

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[Task]:
        query = select(Task).where(Task.id > (after or UUID(int=0))).order_by(Task.id).limit(limit)
        async with self._begin() as session:
            return (await session.scalars(query.filter_by(state=state) if state else query)).all()

    async def count(self, session: Session | None = None) -> dict[str, int]:
        """How many tasks wait, by their name."""
        query = select(Task.name, func.count()).filter_by(state=TaskState.QUEUED).group_by(Task.name)
        async with nullcontext(session) if session else self._begin() as own:
            return dict((await own.execute(query)).all())

    async def claim(self, count: int, lease: timedelta, running: Iterable[UUID]) -> Sequence[Task]:
        """Some of the tasks that are due and do not run here; nobody else has them until the lease ends."""
        due = select(Task.id).where(Task.due_at <= now(), Task.id.not_in([*running])).order_by(Task.due_at)
        taken = select(due.limit(count).with_for_update(skip_locked=True).cte().c.id)
        begun = {"state": TaskState.RUNNING, "attempts": Task.attempts + 1, "started_at": now()}
        claim = update(Task).where(Task.id.in_(taken)).values(**begun, due_at=now() + lease)
        async with self._begin() as session:
            return (await session.scalars(claim.returning(Task))).all()

    async def renew(self, attempts: Mapping[UUID, int], lease: timedelta, ttl: timedelta) -> dict[UUID, bool]:
        """Those of these attempts that are still ours, and whether they are asked to stop. Old tasks go."""
        ours = tuple_(Task.id, Task.attempts).in_(attempts.items()), Task.state == TaskState.RUNNING
        renew = update(Task).where(*ours).values(due_at=now() + lease)
        async with self._begin() as session:
            await session.execute(delete(Task).where(Task.ended_at < now() - ttl))
            return dict((await session.execute(renew.returning(Task.id, Task.cancelling))).all())

    async def end(self, task: Task, changes: Mapping[str, Any]) -> None:
        """Write down what came of an attempt, unless somebody else has taken the task up meanwhile."""
        ours = Task.id == task.id, Task.attempts == task.attempts, Task.state == TaskState.RUNNING
        async with self._begin() as session:
            await session.execute(update(Task).where(*ours).values({"due_at": None, **changes}))

    async def cancel(self, id: UUID) -> None:
        ended = {"state": TaskState.CANCELLED, "ended_at": now(), "due_at": None}
        async with self._begin() as session:
            for state, changes in ((TaskState.QUEUED, ended), (TaskState.RUNNING, {"cancelling": True})):
                await session.execute(update(Task).where(Task.id == id, Task.state == state).values(changes))
