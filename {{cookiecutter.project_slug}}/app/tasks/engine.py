"""Runs tasks in the processes of the service, a few at a time, on the records that all of them see."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from app.calls import Calls, TaskState
from app.clock import now
from app.database import Database, Session, after_commit
from app.errors import UnavailableError
from app.settings import Settings

from .records import DURABLE, Records, Task

logger = structlog.get_logger()


class TaskEngine:
    def __init__(self, settings: Settings, calls: Calls, database: Database) -> None:
        self.calls, self.records, self._settings = calls, Records(database), settings
        self._due, self._lock, self._closing = asyncio.Event(), asyncio.Lock(), False
        self._lease, self._ttl = timedelta(seconds=settings.task_lease), timedelta(seconds=settings.task_ttl)
        # What runs here: its attempt, and what then writes down the end of it.
        self._running: dict[UUID, tuple[Task, asyncio.Task[dict[str, Any]], asyncio.Task[None]]] = {}
        self._loop = asyncio.create_task(self._work())

    async def put(self, session: Session, tasks: Sequence[Task]) -> None:
        """With the other work of the request; UnavailableError when too many tasks wait already."""
        if sum((await self.records.count(session)).values()) + len(tasks) > self._settings.task_queue_size:
            raise UnavailableError("Too many tasks are waiting. Try again later.")
        await self.records.add(session, tasks)
        await after_commit(session, self._wake)

    async def cancel(self, task_id: UUID) -> None:
        await self.records.cancel(task_id)
        await self._renew()

    async def check(self) -> None:
        if self._loop.done():
            raise RuntimeError("The loop that starts tasks has ended.")

    async def aclose(self) -> None:
        """Give tasks their grace; then hand back what still runs."""
        self._closing = DURABLE
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.task_grace):
                while self._running or self._lock.locked() or (not DURABLE and await self.records.count()):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        self._closing = True
        async with self._lock:
            for _, attempt, _ in self._running.values():
                attempt.cancel()
        await asyncio.gather(*(finish for _, _, finish in self._running.values()), return_exceptions=True)
        async with self._lock:
            self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        if not DURABLE and (lost := await self.records.count()):
            logger.warning("tasks lost", tasks=lost)

    async def _wake(self) -> None:
        self._due.set()

    async def _work(self) -> None:
        """Every quarter of a lease, and when there may be something to start."""
        beat, renew_at, start_at = self._settings.task_lease / 4, 0.0, 0.0
        while True:
            self._due.clear()
            try:
                async with self._lock:
                    if (begun := monotonic()) >= renew_at:
                        await self._renew()
                        renew_at = begun + beat
                        if monotonic() >= renew_at + beat:
                            raise TimeoutError
                    if monotonic() >= start_at:
                        await self._start()
            except Exception:
                logger.warning("tasks are held up", exc_info=True)
                # After an outage, others renew the leases of what they run before anybody takes it for left.
                start_at = monotonic() + self._settings.task_lease
            with suppress(TimeoutError):
                async with asyncio.timeout(beat):
                    await self._due.wait()

    async def _start(self) -> None:
        free = 0 if self._closing else self._settings.task_concurrency - len(self._running)
        for task in await self.records.claim(free, self._lease, self._running) if free else ():
            with bound_contextvars(request_id=task.request_id, task_id=str(task.id)):
                attempt = asyncio.create_task(self.calls.make(task.name, task.arguments, task.attempts))
                finish = asyncio.create_task(self._finish(task, attempt))
            self._running[task.id] = task, attempt, finish
            if task.cancelling:
                attempt.cancel()

    async def _renew(self) -> None:
        running = list(self._running.values())
        attempts = {task.id: task.attempts for task, _, _ in running}
        kept = await self.records.renew(attempts, self._lease, self._ttl)
        for task, attempt, _ in running:
            if kept.get(task.id, True) and not attempt.cancelling():
                task.cancelling = True
                attempt.cancel()

    async def _finish(self, task: Task, attempt: asyncio.Task[dict[str, Any]]) -> None:
        await asyncio.wait([attempt])
        try:
            changes = changes_of(task, attempt)
            logger.info("task run", task=task.name, attempt=task.attempts, state=changes["state"])
            while not await self._has_ended(task, changes) and not self._closing:  # noqa: ASYNC110
                await asyncio.sleep(1)
        finally:
            del self._running[task.id]
        wait = (changes.get("due_at", now()) - now()).total_seconds()
        asyncio.get_running_loop().call_later(max(wait, 0), self._due.set)

    async def _has_ended(self, task: Task, changes: dict[str, Any]) -> bool:
        with suppress(UnavailableError):
            await self.records.end(task, changes)
            return True
        return False


def changes_of(task: Task, attempt: asyncio.Task[dict[str, Any]]) -> dict[str, Any]:
    """What the record has to say after the attempt."""
    changes = {"state": TaskState.QUEUED, "due_at": now()} if attempt.cancelled() else attempt.result()
    if task.cancelling and changes["state"] == TaskState.QUEUED:
        return {"state": TaskState.CANCELLED, "ended_at": now()}
    return changes


@asynccontextmanager
async def open_tasks(settings: Settings, calls: Calls, database: Database) -> AsyncGenerator[TaskEngine]:
    async with aclosing(TaskEngine(settings, calls, database)) as engine:
        yield engine
