"""Docket delivers tasks through Redis to the workers, `python -m app.worker`; a store keeps their records."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import structlog
from docket import Docket, Retry, Worker
from redis.exceptions import RedisError
from structlog.contextvars import bound_contextvars

from app.clock import now
from app.database import Session, after_commit
from app.errors import UnavailableError
from app.redis.client import answered_within, retrying_url
from app.settings import Settings
from .backend import Outcome, TaskStore, cancelled
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState

logger = structlog.get_logger()


class DeliveredTaskStore(TaskStore, Protocol):
    """Keeps the records. A task that has a record is not lost, whatever becomes of its job in Docket."""

    async def add(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        """Kept with the work of the request, or not at all. UnavailableError when the queue is full."""

    async def start(self, id: UUID) -> TaskRecord | None:
        """Start an attempt; None when the task has ended, or is gone."""

    async def finish(self, id: UUID, attempt: int, outcome: Outcome) -> None:
        """How this attempt ended; nothing when a later one has been started."""

    async def cancel(self, id: UUID) -> bool:
        """A queued task has ended. Whether it runs, and its worker has yet to be told."""
        ...

    async def note_cancelling(self, id: UUID) -> None:
        """Its worker has been told."""

    async def overdue(self) -> Sequence[UUID]:
        """Those that should have been started or ended a lease ago; each one again after a lease."""
        ...

    async def expire(self) -> bool:
        """Remove some old records, so few that no request waits for long; whether there may be more."""
        ...


class DocketBackend:
    def __init__(
        self, settings: Settings, registry: TaskRegistry, docket: Docket, store: DeliveredTaskStore
    ) -> None:
        self.store = store
        self._registry, self._settings, self._docket = registry, settings, docket
        self._closing = False
        self._running: set[asyncio.Task[Any]] = set()
        self._worker: asyncio.Task[None] | None = None
        docket.register(self.run)

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        """Docket gets them after the commit, for it knows nothing of the transaction."""
        await self.store.add(session, tasks)
        await after_commit(session, partial(self._deliver, [task.id for task in tasks]))

    async def _deliver(self, ids: Sequence[UUID]) -> None:
        """Each has a job then, or had one already. What fails now, `sweep` does later."""
        jobs = [self._docket.call(self.run, key=str(id))(str(id)) for id in ids]
        try:
            async with asyncio.timeout(self._settings.redis_timeout):
                added = await self._docket.add_many(jobs)
            errors = [job.schedule_exception for job in added if job.schedule_exception]
        except (RedisError, OSError) as error:
            errors = [error]
        if errors:
            logger.warning("tasks_delayed", error=str(errors[0]) or type(errors[0]).__name__)

    async def sweep(self) -> None:
        """Deliver again: Redis was unavailable, or has lost jobs, or a process died before it sent one."""
        while True:
            await asyncio.sleep(self._settings.task_lease / 4)
            try:
                if overdue := await self.store.overdue():
                    await self._deliver(overdue)
                while await self.store.expire():
                    pass
            except Exception:
                logger.warning("sweep_failed", exc_info=True)

    async def cancel(self, task_id: UUID) -> None:
        # Only once: a second time it would disturb what cleans up.
        if await self.store.cancel(task_id):
            async with answered_within(self._settings.redis_timeout):
                await self._docket.cancel(str(task_id))
            await self.store.note_cancelling(task_id)

    async def check(self) -> None:
        if self._worker and self._worker.done():
            raise RuntimeError("The worker has ended.")
        async with answered_within(self._settings.redis_timeout):
            workers = await self._docket.workers()
        waiting = {} if workers else await self.store.count_queued()
        if waiting:
            logger.warning("tasks_unserved", tasks=waiting)

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        worker = Worker(
            self._docket,
            concurrency=self._settings.task_concurrency,
            redelivery_timeout=timedelta(seconds=self._settings.task_lease),
            reconnection_delay=timedelta(seconds=1),
            minimum_check_interval=timedelta(milliseconds=25),
            schedule_automatic_tasks=False,
        )
        async with worker:
            self._worker = asyncio.create_task(worker.run_forever())
            try:
                yield
            finally:
                await self._stop(self._worker)

    async def _stop(self, worker: asyncio.Task[None]) -> None:
        """Give running tasks the grace period; leave the rest to other workers."""
        worker.cancel()
        # Docket renews no lease from here on.
        grace = min(self._settings.task_grace, self._settings.task_lease / 2)
        await asyncio.wait([worker], timeout=grace)
        self._closing = True
        for run in self._running:
            run.cancel()
        while not (await asyncio.wait([worker], timeout=grace + 1))[0]:
            # One that is just starting may miss a cancellation.
            worker.cancel()

    async def run(self, task_id: str, retry: Retry = Retry(attempts=None)) -> None:  # noqa: B008 Docket's way
        try:
            task = await self.store.start(UUID(task_id))
        except UnavailableError:
            retry.after(timedelta(seconds=1))
        if task is None:
            return
        this: Any = asyncio.current_task()
        with bound_contextvars(request_id=task.request_id, task_id=task_id):
            try:
                self._running.add(this)
                outcome = await self._registry.run_attempt(task, self.store.count_alone)
            except asyncio.CancelledError:
                again = Outcome(TaskState.QUEUED, due_at=now(), failures=task.failures)
                await self._finish(task, again if self._closing else cancelled())
                raise
            finally:
                self._running.discard(this)
            if outcome.due_at and this.cancelling() and not self._closing:
                outcome = cancelled()
            await self._finish(task, outcome)
        if outcome.due_at:
            retry.at(outcome.due_at)

    async def _finish(self, task: TaskRecord, outcome: Outcome) -> None:
        logger.info("attempt_finished", task=task.name, attempt=task.attempts, state=outcome.state)
        while True:
            try:
                return await self.store.finish(task.id, task.attempts, outcome)
            except UnavailableError:
                if self._closing:
                    return None
                await asyncio.sleep(1)


@asynccontextmanager
async def open_docket(
    settings: Settings, registry: TaskRegistry, store: DeliveredTaskStore
) -> AsyncGenerator[DocketBackend]:
    # It logs every retry with its traceback, as we do.
    logging.getLogger("docket.dependencies").setLevel(logging.CRITICAL)
    logging.getLogger("docket.worker").setLevel(logging.WARNING)
    url = retrying_url(settings.redis_url)
    async with Docket(settings.redis_prefix, url, execution_ttl=timedelta(0)) as docket:
        backend = DocketBackend(settings, registry, docket, store)
        sweep = asyncio.create_task(backend.sweep())
        try:
            yield backend
        finally:
            while not sweep.done():
                # The client of Redis may swallow a cancellation.
                sweep.cancel()
                await asyncio.wait([sweep], timeout=1)
