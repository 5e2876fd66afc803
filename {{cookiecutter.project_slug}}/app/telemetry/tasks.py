"""What is measured of background tasks."""

import asyncio
import math
import time
from contextlib import suppress
from itertools import product
from typing import Any

from fastapi import Request
from prometheus_client import Gauge, Histogram

from app.clock import now
from app.errors import UnavailableError
from app.tasks import TaskBackend, TaskRecord, TaskRegistry
from app.tasks.backend import Outcome
from app.tasks.registry import CountAlone
from app.tasks.schemas import TaskState

QUEUED = Gauge("tasks_queued", "Tasks that wait, in the whole queue.", ["task"])
OLDEST = Gauge(
    "tasks_oldest_queued_age_seconds", "Since the submission of the oldest task that waits; NaN when unknown."
)
RUNNING = Gauge("tasks_running", "Attempts that run in this process.", ["task"])
DURATION = Histogram(
    "task_duration_seconds",
    "Attempts that have ended in this process.",
    ["task", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600),
)

OUTCOMES = ("succeeded", "failed", "retried", "cancelled")


class MeasuredTaskRegistry(TaskRegistry):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # Prometheus sees no increase in a counter that begins with its first failure.
        for name, outcome in product(self.names, OUTCOMES):
            DURATION.labels(name, outcome)

    async def run_attempt(self, task: TaskRecord, count_alone: CountAlone) -> Outcome:
        name, started, ended = self.known(task.name), time.perf_counter(), "cancelled"
        try:
            with RUNNING.labels(name).track_inprogress():
                outcome = await super().run_attempt(task, count_alone)
            ended = "retried" if outcome.due_at else str(outcome.state)
        finally:
            DURATION.labels(name, ended).observe(time.perf_counter() - started)
        return outcome

    def known(self, name: str) -> str:
        """The queue may hold tasks of another release."""
        return name if name in self.names else "_OTHER"


async def count_queued_tasks(request: Request) -> None:
    """Before each scrape. A queue that is unavailable, or slow, does not hide the other metrics."""
    reading = asyncio.create_task(read_queue(request.state.tasks, request.state.task_registry))
    await asyncio.wait({reading}, timeout=request.state.settings.readiness_timeout)
    if not reading.done():
        reading.cancel()


async def read_queue(backend: TaskBackend, registry: MeasuredTaskRegistry) -> None:
    QUEUED.clear()
    OLDEST.set(math.nan)
    with suppress(UnavailableError):
        counts = await backend.store.count_queued()
        oldest = await backend.store.list(1, None, TaskState.QUEUED)
        for name in registry.names:
            QUEUED.labels(name).set(0)
        for name, count in counts.items():
            QUEUED.labels(registry.known(name)).inc(count)
        OLDEST.set((now() - oldest[0].submitted_at).total_seconds() if oldest else 0)
