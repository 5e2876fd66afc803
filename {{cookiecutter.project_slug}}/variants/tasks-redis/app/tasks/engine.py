"""Hands tasks to Docket, which brings them through Redis to the workers: `python -m app.worker`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from docket import Docket, Retry, Worker
from structlog.contextvars import bound_contextvars

from app.calls import Calls
from app.clock import now
from app.database import Database, Session, after_commit
from app.errors import UnavailableError
from app.settings import Settings

from .records import Records, Task, answering, with_retry

logger = structlog.get_logger()


class TaskEngine:
    def __init__(self, settings: Settings, calls: Calls, docket: Docket) -> None:
        self.calls, self.records = calls, Records(settings)
        self._settings, self._docket, self._closing = settings, docket, False
        self._running: set[asyncio.Task[Any]] = set()
        self._worker: asyncio.Task[None] | None = None
        docket.register(self.run)

    async def put(self, session: Session, tasks: Sequence[Task]) -> None:
        """After the transaction of the request; UnavailableError when too many tasks wait already."""
        if await self.records.waiting() + len(tasks) > self._settings.task_queue_size:
            raise UnavailableError("Too many tasks are waiting. Try again later.")
        if key := tasks[-1].idempotency_key:
            await self.records.reserve(key, tasks[-1].id)
        await after_commit(session, partial(self._send, tasks))

    async def _send(self, tasks: Sequence[Task]) -> None:
        await self.records.add(tasks)
        jobs = [self._docket.call(self.run, key=str(task.id))(str(task.id)) for task in tasks]
        async with answering(), asyncio.timeout(self._settings.redis_timeout):
            for job in await self._docket.add_many(jobs):
                if job.schedule_exception:
                    raise job.schedule_exception

    async def cancel(self, task_id: UUID) -> None:
        if await self.records.cancel(task_id):
            async with answering(), asyncio.timeout(self._settings.redis_timeout):
                await self._docket.cancel(str(task_id))

    async def check(self) -> None:
        if self._worker and self._worker.done():
            raise RuntimeError("The worker has ended.")
        async with answering():
            await self.records.redis.ping()

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Run tasks meanwhile; at the end give those that run their grace, and leave the rest to others."""
        lease = timedelta(seconds=self._settings.task_lease)
        worker = Worker(
            self._docket,
            concurrency=self._settings.task_concurrency,
            redelivery_timeout=lease,
            reconnection_delay=timedelta(seconds=1),
            minimum_check_interval=timedelta(milliseconds=25),
            schedule_automatic_tasks=False,
        )
        async with worker:
            self._worker = asyncio.create_task(worker.run_forever())
            try:
                yield
            finally:
                self._worker.cancel()
                # Docket renews no lease from here on.
                grace = min(self._settings.task_grace, self._settings.task_lease / 2)
                await asyncio.wait([self._worker], timeout=grace)
                self._closing = True
                for run in self._running:
                    run.cancel()
                await asyncio.wait([self._worker])

    async def run(self, task_id: str, retry: Retry = Retry(attempts=None)) -> None:  # noqa: B008 Docket's way
        task = await self.records.start(UUID(task_id))
        if task is None:
            return
        this: Any = asyncio.current_task()
        with bound_contextvars(request_id=task.request_id, task_id=task_id):
            try:
                self._running.add(this)
                changes: dict[str, Any] = await self.calls.make(task.name, task.arguments, task.attempts)
            except asyncio.CancelledError:
                ended = {"state": "cancelled", "ended_at": now()}
                await self._end(task, {"state": "queued"} if self._closing else ended)
                raise
            finally:
                self._running.discard(this)
            if "due_at" in changes and this.cancelling() and not self._closing:
                changes = {"state": "cancelled", "ended_at": now()}
            await self._end(task, changes)
        if "due_at" in changes:
            retry.at(changes["due_at"])

    async def _end(self, task: Task, changes: Mapping[str, Any]) -> None:
        logger.info("task run", task=task.name, attempt=task.attempts, state=changes["state"])
        while True:
            try:
                return await self.records.end(task, changes)
            except UnavailableError:
                if self._closing:
                    return None
                await asyncio.sleep(1)


@asynccontextmanager
async def open_tasks(settings: Settings, calls: Calls, _: Database) -> AsyncGenerator[TaskEngine]:
    # It logs every retry with its trace, as we do.
    logging.getLogger("docket.dependencies").setLevel(logging.CRITICAL)
    logging.getLogger("docket.worker").setLevel(logging.WARNING)
    docket = Docket(settings.redis_prefix, with_retry(settings.redis_url), execution_ttl=timedelta(0))
    engine = TaskEngine(settings, calls, docket)
    async with docket, aclosing(engine.records.redis):
        yield engine
