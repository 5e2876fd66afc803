"""The records of tasks: in the memory of this process, and lost when it stops."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from app.calls import TaskState
from app.clock import now
from app.database import Database, Session
from app.errors import ConflictError

DURABLE = False


@dataclass
class Task:
    id: UUID
    name: str
    arguments: dict[str, Any]
    submitted_at: datetime
    request_id: str | None = None
    state: TaskState = TaskState.QUEUED
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: Any = None
    problem: Any = None
    idempotency_key: str | None = None
    fingerprint: str | None = None
    # Not before this time: it waits after an attempt that has failed.
    due_at: datetime | None = None
    cancelling: bool = False


class Records:
    def __init__(self, database: Database) -> None:
        self._tasks = database.table(Task)
        self._waiting: dict[UUID, Task] = {}

    async def add(self, _: Session, tasks: Sequence[Task]) -> None:
        for task in tasks:
            if task.idempotency_key and await self.get(idempotency_key=task.idempotency_key):
                raise ConflictError("This Idempotency-Key is taken.")
        for task in tasks:
            self._tasks[task.id] = self._waiting[task.id] = task

    async def get(self, **keys: Any) -> Task | None:
        if "id" in keys:
            return self._tasks.get(keys["id"])
        found = (task for task in self._tasks.values() if task.idempotency_key == keys["idempotency_key"])
        return next(found, None)

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[Task]:
        ids = sorted(id for id in self._tasks if after is None or id > after)
        found = (self._tasks[id] for id in ids)
        return list(islice((task for task in found if state in (None, task.state)), limit))

    async def count(self, _: Session | None = None) -> dict[str, int]:
        return Counter(task.name for task in self._waiting.values())

    async def claim(self, count: int, _: timedelta, __: Iterable[UUID]) -> Sequence[Task]:
        due = (task for task in self._waiting.values() if task.due_at is None or task.due_at <= now())
        for task in (claimed := list(islice(due, count))):
            del self._waiting[task.id]
            task.state, task.started_at = TaskState.RUNNING, now()
            task.attempts += 1
        return claimed

    async def renew(self, attempts: Mapping[UUID, int], _: timedelta, ttl: timedelta) -> dict[UUID, bool]:
        old = [id for id, task in self._tasks.items() if task.ended_at and task.ended_at < now() - ttl]
        for id in old:
            del self._tasks[id]
        return {id: self._tasks[id].cancelling for id in attempts}

    async def end(self, task: Task, changes: Mapping[str, Any]) -> None:
        vars(task).update(changes)
        if task.state == TaskState.QUEUED:
            self._waiting[task.id] = task

    async def cancel(self, id: UUID) -> None:
        if task := self._waiting.pop(id, None):
            task.state, task.ended_at = TaskState.CANCELLED, now()
        elif task := self._tasks.get(id):
            task.cancelling = True
