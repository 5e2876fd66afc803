"""Runs tasks in the processes of the service, a few at a time, under leases that every process respects."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, nullcontext, suppress
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from app.clock import now
from app.database import Database, Session, after_commit
from app.errors import UnavailableError
from app.settings import Settings
from .backend import Outcome
from .leases import LeaseStore
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState

logger = structlog.get_logger()


@dataclass
class Running:
    task: TaskRecord
    attempt: asyncio.Task[Outcome]
    finish: asyncio.Task[None]
    """Waits for the attempt, and stores its outcome."""
    cancelled: bool = False
    """Whether a client has cancelled the task; else a cancelled attempt is queued again."""

    def cancel(self) -> None:
        """Once: a second time it would disturb what cleans up."""
        if not self.attempt.cancelling():
            self.attempt.cancel()


class InProcessBackend:
    def __init__(self, settings: Settings, registry: TaskRegistry, store: LeaseStore) -> None:
        self.store = store
        self._registry, self._settings = registry, settings
        self._due, self._closing = asyncio.Event(), False
        self._running: dict[UUID, Running] = {}
        self._loop = asyncio.create_task(self._work())

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        await self.store.add(session, tasks)
        await after_commit(session, self._wake)

    async def cancel(self, task_id: UUID) -> None:
        await self.store.cancel(task_id)
        await self._renew()

    async def check(self) -> None:
        if self._loop.done():
            raise RuntimeError("The loop that starts tasks has ended.")

    def working(self) -> nullcontext[None]:
        """It works from the start: the processes that accept tasks run them."""
        return nullcontext()

    async def aclose(self) -> None:
        """Give tasks the grace period; then queue again what still runs."""
        self._closing = True
        await self._wake()
        await asyncio.wait([self._loop], timeout=self._settings.task_grace)
        while not self._loop.done():
            for each in self._running.values():
                each.cancel()
            # What it was about to start is cancelled the next time.
            await asyncio.wait([self._loop], timeout=1)

    async def _wake(self) -> None:
        self._due.set()

    async def _work(self) -> None:
        """Every quarter of a lease, and when there may be something to start; to the end of what runs."""
        period, renew_at, start_at = self._settings.task_lease / 4, 0.0, 0.0
        while self._running or not self._closing:
            self._due.clear()
            try:
                if (started := monotonic()) >= renew_at:
                    await self._renew()
                    await self.store.expire()
                    renew_at = started + period
                    if monotonic() >= renew_at + period:
                        raise TimeoutError
                if monotonic() >= start_at:
                    await self._start()
            except Exception:
                logger.warning("tasks_delayed", exc_info=True)
                # After an outage, other processes get the time to renew the leases of what they run.
                start_at = monotonic() + self._settings.task_lease
            with suppress(TimeoutError):
                async with asyncio.timeout(period):
                    await self._due.wait()

    async def _start(self) -> None:
        free = 0 if self._closing else self._settings.task_concurrency - len(self._running)
        for task in await self.store.claim(free, self._running) if free else ():
            with bound_contextvars(request_id=task.request_id, task_id=str(task.id)):
                run = self._registry.run_attempt(task.name, task.arguments, task.attempts)
                attempt = asyncio.create_task(run)
                finish = asyncio.create_task(self._finish(task, attempt))
            self._running[task.id] = Running(task, attempt, finish)

    async def _renew(self) -> None:
        running = list(self._running.values())
        ours = await self.store.renew({each.task.id: each.task.attempts for each in running})
        for each in running:
            if ours.get(each.task.id, True):
                each.cancelled = True
                each.cancel()

    async def _finish(self, task: TaskRecord, attempt: asyncio.Task[Outcome]) -> None:
        await asyncio.wait([attempt])
        try:
            outcome = Outcome(TaskState.QUEUED, due_at=now()) if attempt.cancelled() else attempt.result()
            if outcome.due_at and self._running[task.id].cancelled:
                outcome = Outcome(TaskState.CANCELLED, ended_at=now())
            logger.info("attempt_finished", task=task.name, attempt=task.attempts, state=outcome.state)
            await self._store(task, outcome)
        finally:
            del self._running[task.id]
        wait = ((outcome.due_at or now()) - now()).total_seconds()
        asyncio.get_running_loop().call_later(max(wait, 0), self._due.set)

    async def _store(self, task: TaskRecord, outcome: Outcome) -> None:
        while True:
            try:
                return await self.store.finish(task, outcome)
            except UnavailableError:
                if self._closing:
                    return None
                await asyncio.sleep(1)


def open_tasks(settings: Settings, registry: TaskRegistry, database: Database) -> aclosing[InProcessBackend]:
    return aclosing(InProcessBackend(settings, registry, LeaseStore(database, settings)))
