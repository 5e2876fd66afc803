"""Runs tasks in the processes of the service, a few at a time, under leases that every process respects."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Protocol
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from app.clock import now
from app.database import Session, after_commit
from app.errors import UnavailableError
from app.settings import Settings
from .backend import Outcome, Task, TaskStore
from .registry import TaskRegistry
from .schemas import TaskState

logger = structlog.get_logger()


class LeaseStore(TaskStore, Protocol):
    """A store from which processes take tasks, each for as long as they renew its lease."""

    durable: bool
    """Whether tasks outlive this process."""

    async def count_queued(self, session: Session | None = None) -> Mapping[str, int]: ...
    async def add(self, session: Session, tasks: Sequence[Task]) -> None: ...
    async def claim(self, limit: int, lease: timedelta, running: Collection[UUID]) -> Sequence[Task]: ...
    async def renew(self, attempts: Mapping[UUID, int], lease: timedelta) -> Mapping[UUID, bool]: ...
    async def finish(self, task: Task, outcome: Outcome) -> None: ...
    async def cancel(self, id: UUID) -> None: ...
    async def expire(self, ttl: timedelta) -> None: ...


@dataclass
class Running:
    task: Task
    attempt: asyncio.Task[Outcome]
    finish: asyncio.Task[None]
    """Waits for the attempt, and stores its outcome."""
    cancelled: bool = False
    """Whether a client has cancelled the task; else a cancelled attempt is queued again."""


class InProcessBackend:
    def __init__(self, settings: Settings, registry: TaskRegistry, store: LeaseStore) -> None:
        self.store = store
        self._registry, self._settings = registry, settings
        self._lease, self._ttl = timedelta(seconds=settings.task_lease), timedelta(seconds=settings.task_ttl)
        self._due, self._lock, self._closing = asyncio.Event(), asyncio.Lock(), False
        self._running: dict[UUID, Running] = {}
        self._loop = asyncio.create_task(self._work())

    async def enqueue(self, session: Session, tasks: Sequence[Task]) -> None:
        queued = sum((await self.store.count_queued(session)).values())
        if queued + len(tasks) > self._settings.task_queue_size:
            raise UnavailableError("Too many tasks are waiting. Try again later.")
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
        self._closing = self.store.durable
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.task_grace):
                while self._running or self._lock.locked() or await self._is_waited_for():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        self._closing = True
        async with self._lock:
            for each in self._running.values():
                each.attempt.cancel()
        await asyncio.gather(*(each.finish for each in self._running.values()), return_exceptions=True)
        async with self._lock:
            self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        if not self.store.durable and (lost := await self.store.count_queued()):
            logger.warning("tasks_lost", tasks=lost)

    async def _is_waited_for(self) -> bool:
        """Queued tasks that end with this process are worth the grace period."""
        return not self.store.durable and bool(await self.store.count_queued())

    async def _wake(self) -> None:
        self._due.set()

    async def _work(self) -> None:
        """Every quarter of a lease, and when there may be something to start."""
        period, renew_at, start_at = self._settings.task_lease / 4, 0.0, 0.0
        while True:
            self._due.clear()
            try:
                async with self._lock:
                    if (started := monotonic()) >= renew_at:
                        await self._renew()
                        await self.store.expire(self._ttl)
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
        for task in await self.store.claim(free, self._lease, self._running) if free else ():
            with bound_contextvars(request_id=task.request_id, task_id=str(task.id)):
                run = self._registry.run_attempt(task.name, task.arguments, task.attempts)
                attempt = asyncio.create_task(run)
                finish = asyncio.create_task(self._finish(task, attempt))
            self._running[task.id] = Running(task, attempt, finish)

    async def _renew(self) -> None:
        running = list(self._running.values())
        ours = await self.store.renew({each.task.id: each.task.attempts for each in running}, self._lease)
        for each in running:
            if ours.get(each.task.id, True) and not each.attempt.cancelling():
                each.cancelled = True
                each.attempt.cancel()

    async def _finish(self, task: Task, attempt: asyncio.Task[Outcome]) -> None:
        await asyncio.wait([attempt])
        try:
            outcome = outcome_of(attempt, cancelled=self._running[task.id].cancelled)
            logger.info("attempt_finished", task=task.name, attempt=task.attempts, state=outcome.state)
            while not await self._is_stored(task, outcome) and not self._closing:  # noqa: ASYNC110
                await asyncio.sleep(1)
        finally:
            del self._running[task.id]
        wait = ((outcome.due_at or now()) - now()).total_seconds()
        asyncio.get_running_loop().call_later(max(wait, 0), self._due.set)

    async def _is_stored(self, task: Task, outcome: Outcome) -> bool:
        with suppress(UnavailableError):
            await self.store.finish(task, outcome)
            return True
        return False


def outcome_of(attempt: asyncio.Task[Outcome], *, cancelled: bool) -> Outcome:
    outcome = Outcome(TaskState.QUEUED, due_at=now()) if attempt.cancelled() else attempt.result()
    if cancelled and outcome.state == TaskState.QUEUED:
        return replace(outcome, state=TaskState.CANCELLED, ended_at=now(), due_at=None)
    return outcome


@asynccontextmanager
async def open_in_process(
    settings: Settings, registry: TaskRegistry, store: LeaseStore
) -> AsyncGenerator[InProcessBackend]:
    async with aclosing(InProcessBackend(settings, registry, store)) as backend:
        yield backend
