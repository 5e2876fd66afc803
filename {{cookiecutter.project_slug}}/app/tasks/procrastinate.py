"""Hands tasks to Procrastinate, which keeps them in PostgreSQL for the workers: `python -m app.worker`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool
from pydantic_core import from_json, to_json
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from structlog.contextvars import bound_contextvars

from app.clock import now
from app.database import Database, Session
from app.errors import UnavailableError
from app.settings import Settings
from .backend import Outcome
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState
from .store_sql import EXPIRED_AT_ONCE, SqlTaskStore

logger = structlog.get_logger()
# They run on the connection: in a session, SQL that has the name of a table with owners would be refused.
# A task follows its job by a trigger (`create_procrastinate`) until an attempt has stored its end.
CANCEL = """
SELECT procrastinate_cancel_job_v1(id, true, false)
FROM procrastinate_jobs WHERE args ->> 'task_id' = :task_id
"""
EXPIRE = """
WITH expired AS (
    DELETE FROM background_tasks WHERE id IN (
        SELECT id FROM background_tasks WHERE ended_at < now() - make_interval(secs => :ttl)
        ORDER BY ended_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) RETURNING id::text
), jobs AS (
    DELETE FROM procrastinate_jobs WHERE args ->> 'task_id' IN (SELECT id FROM expired)
)
SELECT count(*) FROM expired
"""
# With a new job each: a worker that was only frozen finds its own job gone, and cannot end that of another.
REPLACE = """
WITH abandoned AS (
    DELETE FROM procrastinate_jobs WHERE id = ANY(:ids) AND status = 'doing' RETURNING *
), followed AS (
    UPDATE background_tasks AS task SET
        state = CASE WHEN abort_requested THEN 'cancelled' ELSE 'queued' END,
        ended_at = CASE WHEN abort_requested THEN clock_timestamp() END
    FROM abandoned WHERE task.id = (abandoned.args ->> 'task_id')::uuid AND ended_at IS NULL
)
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, attempts)
SELECT queue_name, task_name, priority, args, abandoned.attempts + 1 FROM abandoned WHERE NOT abort_requested
"""
UNSERVED = """
SELECT name, count(*) FROM background_tasks WHERE state = 'queued' AND NOT EXISTS (
    SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :lease)
) GROUP BY name
"""
# Procrastinate itself looks for jobs that have become due only now and then.
WAKE = """SELECT pg_notify('procrastinate_any_queue_v1', '{"type": "job_inserted", "job_id": 0}')"""


class AttemptEndedError(Exception):
    """Says to Procrastinate that an attempt has not succeeded, and when the next one is due, if any."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.state)
        self.due_at = outcome.due_at


class RetryWhenDue(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, AttemptEndedError):
            return RetryDecision(retry_at=exception.due_at) if exception.due_at else None
        # Anything else comes from outside: the worker stops, or its database is unavailable.
        return RetryDecision(retry_at=now())


class ProcrastinateBackend:
    def __init__(self, settings: Settings, registry: TaskRegistry, database: Database) -> None:
        self.store = SqlTaskStore(database, settings)
        self._registry, self._settings, self._database = registry, settings, database
        self._lease = settings.task_lease
        self._grace = min(settings.task_grace, self._lease / 2)
        self._app = App(connector=PsycopgConnector())
        self._job = self._app.task(name="run", pass_context=True, retry=RetryWhenDue())(self._run)
        self._worker: asyncio.Task[None] | None = None
        self._running: set[int | None] = set()
        self._wakes: set[asyncio.Task[None]] = set()

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        """In the transaction of the request, through its own connection."""
        await self.store.add(session, tasks)
        connection = (await (await session.connection()).get_raw_connection()).driver_connection
        for task in tasks:
            call: dict[str, Any] = {"task_id": str(task.id), "name": task.name, "origin": task.context}
            # As text, for PostgreSQL's own form of JSON has no NUL.
            call["arguments"] = to_json(task.arguments).decode()
            try:
                await self._job.configure(connection=connection).defer_async(**call)
            except ConnectorException as error:
                raise UnavailableError("The queue is unavailable. Try again later.") from error

    async def cancel(self, task_id: UUID) -> None:
        async with self._database.begin() as session:
            await (await session.connection()).execute(text(CANCEL), {"task_id": str(task_id)})

    async def check(self) -> None:
        if self._worker and self._worker.done():
            raise RuntimeError("The worker has ended.")
        async with self._database.begin() as session:
            rows = await (await session.connection()).execute(text(UNSERVED), {"lease": self._lease})
            waiting: dict[str, int] = dict(list(rows))
        if waiting:
            logger.warning("tasks_unserved", tasks=waiting)

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        # A pool of our own: Procrastinate does not close one that it was still opening when it was stopped.
        async with self._open_pool() as pool, self._app.open_async(pool):
            self._worker = asyncio.create_task(self._work())
            try:
                yield
            finally:
                await self._stop(self._worker)

    def _open_pool(self) -> AsyncConnectionPool:
        address = make_url(self._settings.database_url).set(drivername="postgresql")
        conninfo = address.render_as_string(hide_password=False)
        check = AsyncConnectionPool.check_connection
        return AsyncConnectionPool(conninfo, min_size=1, max_size=5, open=False, check=check)

    async def _stop(self, worker: asyncio.Task[None]) -> None:
        while not worker.done():
            worker.cancel()
            # A worker that is just starting may miss a cancellation.
            await asyncio.wait([worker], timeout=self._grace + 1)

    async def _work(self) -> None:
        while True:
            try:
                await self._run_worker()
            except Exception:
                logger.warning("worker_restarting", exc_info=True)
            await asyncio.sleep(1)

    async def _run_worker(self) -> None:
        worker = Worker(
            self._app,
            concurrency=self._settings.task_concurrency,
            fetch_job_polling_interval=self._lease / 4,
            abort_job_polling_interval=self._lease / 4,
            update_heartbeat_interval=self._lease / 4,
            # Later than the recovery: the jobs of workers that it does not know are free for all at once.
            stalled_worker_timeout=10 * self._lease,
            # While it stops, it sends no heartbeat.
            shutdown_graceful_timeout=self._grace,
            install_signal_handlers=False,
        )
        recovery = asyncio.create_task(self._recover(worker))
        # It looks for jobs first, and listens then: it would miss what comes in between.
        self._wake_at(now())
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        finally:
            for each in (recovery, *self._wakes):
                each.cancel()
            # While the database is still open.
            await asyncio.gather(recovery, *self._wakes, return_exceptions=True)

    async def _recover(self, worker: Worker) -> None:
        """Queue again what is left of workers without a heartbeat, and expire old tasks."""
        idle: set[int | None] = set()
        while True:
            await asyncio.sleep(self._lease / 4)
            try:
                while await self._expire():
                    pass
                await self._retry_abandoned()
                idle = await self._retry_idle(worker, idle)
            except Exception:
                logger.warning("recovery_failed", exc_info=True)
                # No worker could send a heartbeat either: each gets the time for one.
                await asyncio.sleep(self._lease)

    async def _expire(self) -> bool:
        """Some of the oldest; whether there may be more."""
        limits = {"ttl": self._settings.task_ttl, "limit": EXPIRED_AT_ONCE}
        async with self._database.begin() as session:
            expired: int = await (await session.connection()).scalar(text(EXPIRE), limits) or 0
            return expired == EXPIRED_AT_ONCE

    async def _retry_abandoned(self) -> None:
        manager = self._app.job_manager
        async with self._database.begin() as session:
            # One worker at a time: another one may have taken up the job already.
            if await session.scalar(select(func.pg_try_advisory_xact_lock(8))):
                jobs = await manager.get_stalled_jobs(seconds_since_heartbeat=self._lease)
                if ids := [job.id for job in jobs]:
                    await (await session.connection()).execute(text(REPLACE), {"ids": ids})

    async def _retry_idle(self, worker: Worker, idle: set[int | None]) -> set[int | None]:
        """Jobs that are ours and do not run, twice in turn: started or ended during an outage."""
        manager = self._app.job_manager
        ours = await manager.list_jobs_async(status="doing", worker_id=worker.worker_id)
        waiting = {job.id: job for job in ours if job.id not in self._running}
        for id in waiting.keys() & idle:
            await manager.retry_job(waiting[id])
        return {*waiting}

    async def _run(
        self, context: JobContext, task_id: str, name: str, arguments: str, origin: dict[str, str]
    ) -> None:
        attempt = context.job.attempts + 1
        with bound_contextvars(request_id=origin.get("request_id"), task_id=task_id):
            self._running.add(context.job.id)
            try:
                task: TaskRecord | None = TaskRecord(
                    id=UUID(task_id), name=name, arguments=from_json(arguments), context=origin
                )
                task = task if attempt == 1 else await self.store.get(UUID(task_id))
                # The end of an earlier attempt did not reach Procrastinate.
                if task is None or task.ended_at:
                    return
                task.attempts = attempt
                outcome = await self._registry.run_attempt(task, self.store.count_alone)
                if outcome.due_at and context.abort_reason() is AbortReason.USER_REQUEST:
                    outcome = Outcome(TaskState.CANCELLED, ended_at=now())
                logger.info("attempt_finished", task=name, attempt=attempt, state=outcome.state)
                await self._store_outcome(UUID(task_id), attempt, outcome)
            except asyncio.CancelledError:
                if context.abort_reason() is AbortReason.USER_REQUEST:
                    raise JobAborted from None
                raise
            finally:
                self._running.discard(context.job.id)
        if outcome.state != TaskState.SUCCEEDED:
            raise AttemptEndedError(outcome)

    async def _store_outcome(self, id: UUID, attempt: int, outcome: Outcome) -> None:
        if outcome.due_at:
            self._wake_at(outcome.due_at)
        while True:
            try:
                return await self.store.finish(id, attempt, outcome)
            except UnavailableError:
                await asyncio.sleep(1)

    def _wake_at(self, due_at: datetime) -> None:
        wake = asyncio.create_task(self._wake(due_at))
        self._wakes.add(wake)
        wake.add_done_callback(self._wakes.discard)

    async def _wake(self, due_at: datetime) -> None:
        """Several times: the job may not be in the queue yet, and a busy worker misses a notification."""
        await asyncio.sleep(max(0, (due_at - now()).total_seconds()))
        pause = 0.1
        while pause < self._lease / 4:
            with suppress(ConnectorException):
                await self._app.connector.execute_query_async(WAKE)
            await asyncio.sleep(pause)
            pause *= 2


@asynccontextmanager
async def open_tasks(
    settings: Settings, registry: TaskRegistry, database: Database
) -> AsyncGenerator[ProcrastinateBackend]:
    # It logs every failed attempt with its traceback, as we do, and the arguments of every job.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    logging.getLogger("procrastinate.worker").setLevel(logging.CRITICAL)
    yield ProcrastinateBackend(settings, registry, database)
