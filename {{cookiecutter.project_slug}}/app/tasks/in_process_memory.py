"""The in-process backend in the memory of this process: tasks are lost when it stops."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from app.clock import now
from app.database import Database, Session
from app.errors import Problem
from app.settings import Settings
from .backend import Outcome, Task
from .in_process import InProcessBackend, open_in_process
from .registry import TaskRegistry
from .schemas import TaskState


class MemoryLeaseStore:
    durable = False

    def __init__(self) -> None:
        self._tasks: dict[UUID, Task] = {}
        self._queued: dict[UUID, Task] = {}
        self._due: dict[UUID, datetime] = {}
        self._cancelling: set[UUID] = set()

    async def add(self, session: Session, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._tasks[task.id] = self._queued[task.id] = task

    async def get(self, id: UUID) -> Task | None:
        return self._tasks.get(id)

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[Task]:
        ids = sorted(id for id in self._tasks if after is None or id > after)
        found = (self._tasks[id] for id in ids)
        return list(islice((task for task in found if state in (None, task.state)), limit))

    async def count_queued(self, session: Session | None = None) -> Mapping[str, int]:
        return Counter(task.name for task in self._queued.values())

    async def claim(self, limit: int, lease: timedelta, running: Collection[UUID]) -> Sequence[Task]:
        due = (task for task in self._queued.values() if self._due.get(task.id, now()) <= now())
        for task in (claimed := list(islice(due, limit))):
            del self._queued[task.id]
            task.state, task.started_at = TaskState.RUNNING, now()
            task.attempts += 1
        return claimed

    async def renew(self, attempts: Mapping[UUID, int], lease: timedelta) -> Mapping[UUID, bool]:
        return {id: id in self._cancelling for id in attempts}

    async def finish(self, task: Task, outcome: Outcome) -> None:
        task.state, task.ended_at, task.result = outcome.state, outcome.ended_at, outcome.result
        task.problem = Problem(**outcome.problem) if outcome.problem else None
        if outcome.due_at:
            self._queued[task.id], self._due[task.id] = task, outcome.due_at
        else:
            self._forget_claims(task.id)

    async def cancel(self, id: UUID) -> None:
        if task := self._queued.pop(id, None):
            task.state, task.ended_at = TaskState.CANCELLED, now()
            self._forget_claims(id)
        elif (task := self._tasks.get(id)) and not task.ended_at:
            self._cancelling.add(id)

    async def expire(self, ttl: timedelta) -> None:
        old = [id for id, task in self._tasks.items() if task.ended_at and task.ended_at < now() - ttl]
        for id in old:
            del self._tasks[id]

    def _forget_claims(self, id: UUID) -> None:
        self._due.pop(id, None)
        self._cancelling.discard(id)


def open_tasks(
    settings: Settings, registry: TaskRegistry, _: Database
) -> AbstractAsyncContextManager[InProcessBackend]:
    return open_in_process(settings, registry, MemoryLeaseStore())
