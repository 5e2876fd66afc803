"""Hands tasks to Procrastinate, which keeps them in PostgreSQL for the workers: `python -m app.worker`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
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
# The state of a task follows its job by a trigger (`create_procrastinate`); the rest is stored here, unless
# a later attempt has been started.
STORE_OUTCOME = """
UPDATE background_tasks SET result = %(result)s, problem = %(problem)s, failures = %(failures)s
WHERE id = %(id)s AND attempts = %(attempt)s
"""
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

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        """In the transaction of the request, through its own connection."""
        await self.store.add(session, tasks)
        connection = (await (await session.connection()).get_raw_connection()).driver_connection
        for task in tasks:
            call = {"task_id": str(task.id), "name": task.name, "request_id": task.request_id}
            # As text, for PostgreSQL's own form of JSON has no NUL.
            call["arguments"] = to_json(task.arguments).decode()
            try:
                await self._job.configure(connection=connection).defer_async(**call)
            except ConnectorException as error:
                raise UnavailableError("The queue is unavailable. Try again later.") from error

    async def cancel(self, task_id: UUID) -> None:
        async with self._database.begin() as session:
            await session.execute(text(CANCEL), {"task_id": str(task_id)})

    async def check(self) -> None:
        if self._worker and self._worker.done():
            raise RuntimeError("The worker has ended.")

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
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        finally:
            recovery.cancel()
            # While the database is still open.
            await asyncio.gather(recovery, return_exceptions=True)

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
            expired: int = await session.scalar(text(EXPIRE), limits) or 0
            return expired == EXPIRED_AT_ONCE

    async def _retry_abandoned(self) -> None:
        manager = self._app.job_manager
        async with self._database.begin() as session:
            # One worker at a time: another one may have taken up the job already.
            if await session.scalar(select(func.pg_try_advisory_xact_lock(8))):
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._lease):
                    await manager.retry_job(job)

    async def _retry_idle(self, worker: Worker, idle: set[int | None]) -> set[int | None]:
        """Jobs that are ours and do not run, twice in turn: started or ended during an outage."""
        manager = self._app.job_manager
        ours = await manager.list_jobs_async(status="doing", worker_id=worker.worker_id)
        waiting = {job.id: job for job in ours if job.id not in self._running}
        for id in waiting.keys() & idle:
            await manager.retry_job(waiting[id])
        return {*waiting}

    async def _run(
        self, context: JobContext, task_id: str, name: str, request_id: Any, arguments: str
    ) -> None:
        attempt = context.job.attempts + 1
        with bound_contextvars(request_id=request_id, task_id=task_id):
            self._running.add(context.job.id)
            try:
                task = await self.store.get(UUID(task_id)) if attempt > 1 else None
                task = task or TaskRecord(id=UUID(task_id), name=name, arguments=from_json(arguments))
                task.attempts = attempt
                outcome = stored_outcome(task)
                outcome = outcome or await self._registry.run_attempt(task, self.store.count_alone)
                logger.info("attempt_finished", task=name, attempt=attempt, state=outcome.state)
                await self._store_outcome(task_id, attempt, outcome)
            except asyncio.CancelledError:
                if context.abort_reason() is AbortReason.USER_REQUEST:
                    raise JobAborted from None
                raise
            finally:
                self._running.discard(context.job.id)
        if outcome.state != TaskState.SUCCEEDED:
            raise AttemptEndedError(outcome)

    async def _store_outcome(self, task_id: str, attempt: int, outcome: Outcome) -> None:
        values = {name: to_json(getattr(outcome, name)).decode() for name in ("result", "problem")}
        stored = {**values, "failures": outcome.failures}
        while outcome.failures or {*values.values()} != {"null"}:
            try:
                return await self._app.connector.execute_query_async(
                    STORE_OUTCOME, id=task_id, attempt=attempt, **stored
                )
            except ConnectorException:
                await asyncio.sleep(1)


def stored_outcome(task: TaskRecord) -> Outcome | None:
    """Of an earlier attempt whose end did not reach Procrastinate."""
    if task.result is None and task.problem is None:
        return None
    state = TaskState.FAILED if task.problem else TaskState.SUCCEEDED
    return Outcome(state, result=task.result, problem=task.problem and dict(task.problem))


@asynccontextmanager
async def open_tasks(
    settings: Settings, registry: TaskRegistry, database: Database
) -> AsyncGenerator[ProcrastinateBackend]:
    # It logs every failed attempt with its traceback, as we do; for the rest there are our own events.
    logging.getLogger("procrastinate.worker").setLevel(logging.CRITICAL)
    yield ProcrastinateBackend(settings, registry, database)
