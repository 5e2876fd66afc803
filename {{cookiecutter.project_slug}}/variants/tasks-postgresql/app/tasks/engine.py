"""Hands tasks to Procrastinate, which keeps them in PostgreSQL for the workers: `python -m app.worker`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.worker import Worker
from pydantic_core import from_json, to_json
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from structlog.contextvars import bound_contextvars

from app.calls import Calls, TaskState
from app.database import Database, Session
from app.errors import UnavailableError
from app.settings import Settings

from .records import FORGET, KEEP, Records, Task
from .retries import Again, EndedError

logger = structlog.get_logger()


class TaskEngine:
    def __init__(self, settings: Settings, calls: Calls, database: Database) -> None:
        self.calls, self.records = calls, Records(database)
        self._settings, self._database, self._lease = settings, database, settings.task_lease
        address = make_url(settings.database_url).set(drivername="postgresql")
        conninfo = address.render_as_string(hide_password=False)
        self._app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=5))
        self._job = self._app.task(name="run", pass_context=True, retry=Again())(self._run)
        self._worker: asyncio.Task[None] | None = None
        self._running: set[int | None] = set()

    async def put(self, session: Session, tasks: Sequence[Task]) -> None:
        """In the transaction of the request; UnavailableError when too many tasks wait already."""
        if sum((await self.records.count(session)).values()) + len(tasks) > self._settings.task_queue_size:
            raise UnavailableError("Too many tasks are waiting. Try again later.")
        connection = (await (await session.connection()).get_raw_connection()).driver_connection
        for task in tasks:
            call = {"task_id": str(task.id), "name": task.name, "request_id": task.request_id}
            # As text, for PostgreSQL's own form of JSON knows no NUL.
            call["arguments"] = to_json(task.arguments).decode()
            try:
                task.job_id = await self._job.configure(connection=connection).defer_async(**call)
            except ConnectorException as error:
                raise UnavailableError("The queue does not answer. Try again later.") from error
        await self.records.add(session, tasks)

    async def cancel(self, task_id: UUID) -> None:
        job_id = select(Task.job_id).where(Task.id == task_id).scalar_subquery()
        async with self._database.begin() as session:
            await session.execute(select(func.procrastinate_cancel_job_v1(job_id, True, False)))

    async def check(self) -> None:
        if self._worker and self._worker.done():
            raise RuntimeError("The worker has ended.")

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Run tasks meanwhile; at the end give those that run their grace, and hand back the rest."""
        self._worker = asyncio.create_task(self._work())
        try:
            yield
        finally:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            try:
                async with self._app.open_async():
                    await self._run_worker()
            except Exception:
                logger.warning("the worker begins anew", exc_info=True)
            await asyncio.sleep(1)

    async def _run_worker(self) -> None:
        worker = Worker(
            self._app,
            concurrency=self._settings.task_concurrency,
            fetch_job_polling_interval=self._lease / 4,
            abort_job_polling_interval=self._lease / 4,
            update_heartbeat_interval=self._lease / 4,
            # Later than the recovery: the jobs of workers that it does not know are anybody's at once.
            stalled_worker_timeout=10 * self._lease,
            # While it stops, it gives no sign of life.
            shutdown_graceful_timeout=min(self._settings.task_grace, self._lease / 2),
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
        """Hand on what is left of workers that give no sign of life, and forget old tasks."""
        lease, manager = self._lease, self._app.job_manager
        idle: set[int | None] = set()
        while True:
            await asyncio.sleep(lease / 4)
            try:
                async with self._database.begin() as session:
                    await session.execute(text(FORGET), {"ttl": self._settings.task_ttl})
                    # One worker at a time: another one may have taken up the job already.
                    if await session.scalar(select(func.pg_try_advisory_xact_lock(8))):
                        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=lease):
                            await manager.retry_job(job)
                # What we have ended, or got, while the database was away: it knows nothing of that.
                ours = await manager.list_jobs_async(status="doing", worker_id=worker.worker_id)
                waiting = {job.id: job for job in ours if job.id not in self._running}
                for id in waiting.keys() & idle:
                    await manager.retry_job(waiting[id])
                idle = {*waiting}
            except Exception:
                logger.warning("nothing was recovered", exc_info=True)
                # Nobody could give a sign of life either: everybody gets the time for one.
                await asyncio.sleep(lease)

    async def _run(
        self, context: JobContext, task_id: str, name: str, request_id: Any, arguments: str
    ) -> None:
        attempt = context.job.attempts + 1
        with bound_contextvars(request_id=request_id, task_id=task_id):
            self._running.add(context.job.id)
            try:
                changes = await self.records.kept(task_id) if attempt > 1 else {}
                changes = changes or await self.calls.make(name, from_json(arguments), attempt)
                logger.info("task run", task=name, attempt=attempt, state=changes["state"])
                await self._keep(task_id, attempt, changes)
            except asyncio.CancelledError:
                if context.abort_reason() is AbortReason.USER_REQUEST:
                    raise JobAborted from None
                raise
            finally:
                self._running.discard(context.job.id)
        if changes["state"] != TaskState.SUCCEEDED:
            raise EndedError(changes)

    async def _keep(self, task_id: str, attempt: int, changes: dict[str, Any]) -> None:
        kept = {name: to_json(changes.get(name)).decode() for name in ("result", "problem")}
        while {*kept.values()} != {"null"}:
            try:
                return await self._app.connector.execute_query_async(
                    KEEP, id=task_id, attempt=attempt, **kept
                )
            except ConnectorException:
                await asyncio.sleep(1)


@asynccontextmanager
async def open_tasks(settings: Settings, calls: Calls, database: Database) -> AsyncGenerator[TaskEngine]:
    # It logs every failure of a task with its trace, as we do; for the rest there are our own lines.
    logging.getLogger("procrastinate.worker").setLevel(logging.CRITICAL)
    yield TaskEngine(settings, calls, database)
