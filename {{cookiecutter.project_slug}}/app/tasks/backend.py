"""What the rest of the service needs of whatever stores and runs tasks."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from app.clock import now
from app.database import Session
from app.errors import UnavailableError
from .schemas import TaskRecord, TaskState, TaskSummary


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: the task is over, or queued again for `due_at`."""

    state: TaskState
    ended_at: datetime | None = None
    due_at: datetime | None = None
    result: Any = None
    problem: Any = None
    failures: int = 0
    """Of all attempts so far, those that have raised."""


def cancelled() -> Outcome:
    return Outcome(TaskState.CANCELLED, ended_at=now())


def refuse_when_full(waiting: int, more: int, limit: int) -> None:
    """UnavailableError when so many tasks more are too many now; ValueError when they always will be."""
    if more > limit:
        raise ValueError(f"One request submits {more} tasks, and TASK_QUEUE_SIZE is {limit}.")
    if waiting + more > limit:
        raise UnavailableError("Too many tasks are waiting. Try again later.")


class TaskStore(Protocol):
    """Where tasks are kept; UnavailableError when it cannot be reached. Lists are as in a repository."""

    async def get(self, id: UUID) -> TaskRecord | None: ...
    async def list(
        self, limit: int, after: UUID | None, state: TaskState | None
    ) -> Sequence[TaskSummary]: ...
    async def count_queued(self) -> Mapping[str, int]: ...
    async def oldest_due(self) -> datetime | None:
        """The earliest time at which a queued task was, or will be, due: its submission, or a retry."""

    async def count_alone(self, id: UUID) -> int: ...


class TaskBackend(Protocol):
    """What runs tasks, at least once each."""

    @property
    def store(self) -> TaskStore: ...

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        """Committed with the transaction of the request, or not at all. UnavailableError when it is full."""

    async def cancel(self, task_id: UUID) -> None:
        """A queued task never runs; a running one is asked to stop; one that has ended stays as it is."""

    async def check(self) -> None:
        """Raises when tasks cannot be accepted or run."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """Run tasks in this process while it is open; then give running ones the grace period."""
        ...
