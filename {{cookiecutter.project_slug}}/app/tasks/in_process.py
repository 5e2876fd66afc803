"""Runs tasks in the processes of the service, a few at a time, under leases in the table of tasks."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, nullcontext, suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import select, tuple_, update
from structlog.contextvars import bound_contextvars

from app.clock import now
from app.database import Database, Session, after_commit
from app.errors import UnavailableError
from app.settings import Settings
from .backend import Outcome, cancelled
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState
from .store_sql import COLUMNS, QUEUED, TASKS, SqlTaskStore, cancelled_columns

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
    def __init__(self, settings: Settings, registry: TaskRegistry, database: Database) -> None:
        self.store = SqlTaskStore(database, settings)
        self._registry, self._settings, self._begin = registry, settings, database.begin
        self._lease = timedelta(seconds=settings.task_lease)
        self._due, self._closing = asyncio.Event(), False
        self._running: dict[UUID, Running] = {}
        self._loop = asyncio.create_task(self._work())

    async def enqueue(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        await self.store.add(session, tasks)
        await after_commit(session, self._wake)

    async def cancel(self, task_id: UUID) -> None:
        task = update(TASKS).where(TASKS.c.id == task_id)
        async with self._begin() as session:
            await session.execute(task.where(QUEUED).values(**cancelled_columns()))
            await session.execute(task.where(TASKS.c.state == TaskState.RUNNING).values(cancelling=True))
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
        period, renew_at, start_at, expiring = self._settings.task_lease / 4, 0.0, 0.0, False
        while self._running or not self._closing:
            self._due.clear()
            try:
                if (started := monotonic()) >= renew_at:
                    await self._renew()
                    renew_at, expiring = started + period, True
                    if monotonic() >= renew_at + period:
                        raise TimeoutError
                if monotonic() >= start_at:
                    await self._start()
                expiring = expiring and await self.store.expire()
                if expiring:
                    self._due.set()
            except Exception:
                logger.warning("tasks_delayed", exc_info=True)
                # After an outage, other processes get the time to renew the leases of what they run.
                start_at = monotonic() + self._settings.task_lease
            with suppress(TimeoutError):
                async with asyncio.timeout(period):
                    await self._due.wait()

    async def _start(self) -> None:
        free = 0 if self._closing else self._settings.task_concurrency - len(self._running)
        for task in await self._claim(free) if free else ():
            with bound_contextvars(request_id=task.request_id, task_id=str(task.id)):
                # Of both, so that the last line of an attempt has whatever its other lines have.
                context = copy_context()
                run = self._registry.run_attempt(task, self.store.count_alone)
                attempt = asyncio.create_task(run, context=context)
                finish = asyncio.create_task(self._finish(task, attempt), context=context)
            self._running[task.id] = Running(task, attempt, finish)

    async def _claim(self, limit: int) -> Sequence[TaskRecord]:
        due = select(TASKS.c.id).where(TASKS.c.due_at <= now(), TASKS.c.id.not_in([*self._running]))
        first = due.order_by(TASKS.c.due_at).limit(limit).with_for_update(skip_locked=True).cte()
        started = {"state": TaskState.RUNNING, "attempts": TASKS.c.attempts + 1, "started_at": now()}
        claim = update(TASKS).where(TASKS.c.id.in_(select(first.c.id))).values(**started)
        async with self._begin() as session:
            rows = await session.execute(claim.values(due_at=now() + self._lease).returning(*COLUMNS))
            return [TaskRecord.model_validate(row) for row in rows.mappings()]

    async def _renew(self) -> None:
        running = list(self._running.values())
        attempts = [(each.task.id, each.task.attempts) for each in running]
        ours = tuple_(TASKS.c.id, TASKS.c.attempts).in_(attempts), TASKS.c.state == TaskState.RUNNING
        renew = update(TASKS).where(*ours).values(due_at=now() + self._lease)
        async with self._begin() as session:
            rows = await session.execute(renew.returning(TASKS.c.id, TASKS.c.cancelling))
            cancelling: dict[UUID, bool] = dict(list(rows))
        for each in running:
            # One that another process has taken over is of no more use here.
            if cancelling.get(each.task.id, True):
                each.cancelled = True
                each.cancel()

    async def _finish(self, task: TaskRecord, attempt: asyncio.Task[Outcome]) -> None:
        await asyncio.wait([attempt])
        try:
            again = Outcome(TaskState.QUEUED, due_at=now(), failures=task.failures)
            outcome = again if attempt.cancelled() else attempt.result()
            if outcome.due_at and self._running[task.id].cancelled:
                outcome = cancelled()
            logger.info("attempt_finished", task=task.name, attempt=task.attempts, state=outcome.state)
            while not await self._is_stored(task, outcome) and not self._closing:  # noqa: ASYNC110
                await asyncio.sleep(1)
        finally:
            del self._running[task.id]
        wait = ((outcome.due_at or now()) - now()).total_seconds()
        asyncio.get_running_loop().call_later(max(wait, 0), self._due.set)

    async def _is_stored(self, task: TaskRecord, outcome: Outcome) -> bool:
        with suppress(UnavailableError):
            await self.store.finish(task.id, task.attempts, outcome)
            return True
        return False


def open_tasks(settings: Settings, registry: TaskRegistry, database: Database) -> aclosing[InProcessBackend]:
    return aclosing(InProcessBackend(settings, registry, database))
