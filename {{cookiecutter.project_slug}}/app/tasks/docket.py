"""Hands tasks to Docket, which delivers them through Redis to the workers: `python -m app.worker`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from docket import Docket, Retry, Worker
from structlog.contextvars import bound_contextvars

from app.clock import now
from app.database import Database, Session, after_commit
from app.errors import UnavailableError
from app.settings import Settings
from .backend import Outcome
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState
from .store_redis import RedisTaskStore, open_redis, retrying_url, unavailable_when_lost

logger = structlog.get_logger()


class DocketBackend:
    def __init__(
        self, settings: Settings, registry: TaskRegistry, docket: Docket, store: RedisTaskStore
    ) -> None:
        self.store = store
        self._registry, self._settings, self._docket = registry, settings, docket
        self._closing = False
        self._running: set[asyncio.Task[Any]] = set()
        self._worker: asyncio.Task[None] | None = None
        docket.register(self.run)

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        """After the commit, for Redis knows nothing of the transaction."""
        if await self.store.count_all_queued() + len(tasks) > self._settings.task_queue_size:
            raise UnavailableError("Too many tasks are waiting. Try again later.")
        await after_commit(session, partial(self._send, tasks))

    async def _send(self, tasks: Sequence[TaskRecord]) -> None:
        await self.store.add(tasks)
        jobs = [self._docket.call(self.run, key=str(task.id))(str(task.id)) for task in tasks]
        async with unavailable_when_lost(), asyncio.timeout(self._settings.redis_timeout):
            for job in await self._docket.add_many(jobs):
                if job.schedule_exception:
                    raise job.schedule_exception

    async def cancel(self, task_id: UUID) -> None:
        if await self.store.cancel(task_id):
            async with unavailable_when_lost(), asyncio.timeout(self._settings.redis_timeout):
                await self._docket.cancel(str(task_id))

    async def check(self) -> None:
        if self._worker and self._worker.done():
            raise RuntimeError("The worker has ended.")
        await self.store.ping()

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
        await asyncio.wait([worker])

    async def run(self, task_id: str, retry: Retry = Retry(attempts=None)) -> None:  # noqa: B008 Docket's way
        task = await self.store.start(UUID(task_id))
        if task is None:
            return
        this: Any = asyncio.current_task()
        with bound_contextvars(request_id=task.request_id, task_id=task_id):
            try:
                self._running.add(this)
                outcome = await self._registry.run_attempt(task, self.store.count_alone)
            except asyncio.CancelledError:
                again = Outcome(TaskState.QUEUED, failures=task.failures)
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
                return await self.store.finish(task, outcome)
            except UnavailableError:
                if self._closing:
                    return None
                await asyncio.sleep(1)


def cancelled() -> Outcome:
    return Outcome(TaskState.CANCELLED, ended_at=now())


@asynccontextmanager
async def open_tasks(
    settings: Settings, registry: TaskRegistry, _: Database
) -> AsyncGenerator[DocketBackend]:
    # It logs every retry with its traceback, as we do.
    logging.getLogger("docket.dependencies").setLevel(logging.CRITICAL)
    logging.getLogger("docket.worker").setLevel(logging.WARNING)
    docket = Docket(settings.redis_prefix, retrying_url(settings.redis_url), execution_ttl=timedelta(0))
    async with open_redis(settings) as redis, docket:
        yield DocketBackend(settings, registry, docket, RedisTaskStore(redis, settings))
