"""Runs tasks in this process, a few at a time; what has not ended when the process stops is lost."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from pydantic_core import to_jsonable_python
from structlog.contextvars import bound_contextvars

from app.clock import now
from app.errors import Problem, UnavailableError, problem_of
from app.settings import Settings

from .models import Job, TaskRecord, TaskState

logger = structlog.get_logger()
RECORDS_KEPT = 10_000


class TaskEngine:
    def __init__(self, settings: Settings, context: object) -> None:
        self._context = context
        self._waiting: asyncio.Queue[Job] = asyncio.Queue(settings.task_queue_size)
        self._records: dict[UUID, TaskRecord] = {}
        self._workers = [asyncio.create_task(self._work()) for _ in range(settings.task_concurrency)]

    def put(self, jobs: Sequence[Job]) -> None:
        """Accept all of the jobs, or none: UnavailableError when the queue is full."""
        if self._waiting.qsize() + len(jobs) > self._waiting.maxsize:
            raise UnavailableError("Too many tasks are waiting. Try again later.")
        for job in jobs:
            self._records[job.record.id] = job.record
            self._waiting.put_nowait(job)
        if len(self._records) > RECORDS_KEPT:
            ended = [task_id for task_id, record in self._records.items() if record.ended_at]
            for task_id in ended[: len(self._records) - RECORDS_KEPT]:
                del self._records[task_id]

    def get(self, task_id: UUID) -> TaskRecord | None:
        return self._records.get(task_id)

    async def check(self) -> None:
        if any(worker.done() for worker in self._workers):
            raise RuntimeError("A task worker has ended.")

    async def close(self, grace: float) -> None:
        """Give what was accepted `grace` seconds to end."""
        try:
            async with asyncio.timeout(grace):
                await self._waiting.join()
        except TimeoutError:
            lost = [str(record.id) for record in self._records.values() if record.ended_at is None]
            logger.warning("tasks lost", tasks=lost)
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            job = await self._waiting.get()
            with bound_contextvars(request_id=job.request_id, task_id=str(job.record.id)):
                await self._run(job)
            self._waiting.task_done()

    async def _run(self, job: Job) -> None:
        record = job.record
        record.state, record.started_at = TaskState.RUNNING, now()
        try:
            record.result = to_jsonable_python(await job.function(self._context, **job.arguments))
            record.state = TaskState.SUCCEEDED
        except Exception as error:
            logger.exception("task failed", task=record.name)
            record.state, record.problem = TaskState.FAILED, Problem(**problem_of(error))
        record.ended_at = now()
        logger.info("task ended", task=record.name, state=record.state)


@asynccontextmanager
async def open_tasks(settings: Settings, context: object) -> AsyncGenerator[TaskEngine]:
    """`context` is the first argument of every task function."""
    engine = TaskEngine(settings, context)
    try:
        yield engine
    finally:
        await engine.close(settings.task_grace)
