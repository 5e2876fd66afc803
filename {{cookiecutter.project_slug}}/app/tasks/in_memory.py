"""Runs tasks in the memory of this process, a few at a time: what is left of them is lost when it stops."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing, nullcontext
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

# % if cookiecutter.auth != "none"
from app.auth import required_principal
# % endif
from app.clock import now
from app.database import Database, Session
from app.errors import Problem
from app.settings import Settings
from .backend import Outcome, cancelled, refuse_when_full
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState, TaskSummary

logger = structlog.get_logger()


class MemoryTaskStore:
    def __init__(self) -> None:
        self.tasks: dict[UUID, TaskRecord] = {}
        self.unended: dict[UUID, TaskRecord] = {}
        self.due: dict[UUID, datetime] = {}

    async def get(self, id: UUID) -> TaskRecord | None:
        return self.tasks.get(id)

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[TaskSummary]:
        ids = sorted(id for id in self.tasks if after is None or id > after)
        found = (self.tasks[id] for id in ids)
        # % if cookiecutter.auth != "none"
        found = (task for task in found if task.owner == required_principal().owner)
        # % endif
        return list(islice((task for task in found if state in (None, task.state)), limit))

    async def count_queued(self) -> Mapping[str, int]:
        return Counter(task.name for task in self.unended.values() if task.state == TaskState.QUEUED)

    async def oldest_due(self) -> datetime | None:
        queued = [task.id for task in self.unended.values() if task.state == TaskState.QUEUED]
        return min((self.due[id] for id in queued), default=None)

    async def count_alone(self, id: UUID) -> int:
        """Never more than one: no task outlives its process."""
        return 1


class InMemoryBackend:
    def __init__(self, settings: Settings, registry: TaskRegistry) -> None:
        self.store = MemoryTaskStore()
        self._registry, self._settings = registry, settings
        self._slots = asyncio.Semaphore(settings.task_concurrency)
        self._runs: dict[UUID, asyncio.Task[None]] = {}

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        queued = sum((await self.store.count_queued()).values())
        refuse_when_full(queued, len(tasks), self._settings.task_queue_size)
        for task in tasks:
            self.store.tasks[task.id] = self.store.unended[task.id] = task
            self.store.due[task.id] = task.submitted_at
            self._runs[task.id] = asyncio.create_task(self._run(task))
            self._runs[task.id].add_done_callback(partial(self._forget, task.id))

    async def cancel(self, task_id: UUID) -> None:
        task, run = self.store.unended.get(task_id), self._runs.get(task_id)
        if task and task.state == TaskState.QUEUED:
            task.state, task.ended_at = TaskState.CANCELLED, now()
        if run and not run.cancelling():
            run.cancel()

    async def check(self) -> None:
        """It works for as long as its process does."""

    def working(self) -> nullcontext[None]:
        """It works from the start."""
        return nullcontext()

    async def aclose(self) -> None:
        """Give tasks the grace period, also those that are queued; the rest is lost."""
        runs = [*self._runs.values()]
        if runs:
            await asyncio.wait(runs, timeout=self._settings.task_grace)
        if lost := Counter(task.name for task in self.store.unended.values()):
            logger.warning("tasks_lost", tasks=lost)
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)

    async def _run(self, task: TaskRecord) -> None:
        with bound_contextvars(request_id=task.request_id, task_id=str(task.id)):
            while task.ended_at is None:
                async with self._slots:
                    outcome = await self._attempt(task)
                self.store.due[task.id] = due_at = outcome.due_at or now()
                wait = (due_at - now()).total_seconds()
                await asyncio.sleep(max(wait, 0))

    async def _attempt(self, task: TaskRecord) -> Outcome:
        task.state, task.started_at = TaskState.RUNNING, now()
        task.attempts += 1
        this = asyncio.current_task()
        try:
            outcome = await self._registry.run_attempt(task, self.store.count_alone)
        except asyncio.CancelledError:
            outcome = Outcome(TaskState.QUEUED, failures=task.failures)
        if outcome.state == TaskState.QUEUED and this and this.cancelling():
            outcome = cancelled()
        logger.info("attempt_finished", task=task.name, attempt=task.attempts, state=outcome.state)
        task.state, task.ended_at, task.result = outcome.state, outcome.ended_at, outcome.result
        task.failures = outcome.failures
        task.problem = Problem(**outcome.problem) if outcome.problem else None
        return outcome

    def _forget(self, id: UUID, _: asyncio.Task[None]) -> None:
        del self._runs[id], self.store.unended[id], self.store.due[id]
        asyncio.get_running_loop().call_later(self._settings.task_ttl, self.store.tasks.pop, id, None)


def open_tasks(settings: Settings, registry: TaskRegistry, _: Database) -> aclosing[InMemoryBackend]:
    return aclosing(InMemoryBackend(settings, registry))
