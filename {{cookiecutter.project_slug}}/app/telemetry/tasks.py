"""What is measured of background tasks."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from fastapi import Request
from prometheus_client import Gauge, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily

from app.clock import now
from app.tasks import TaskBackend, TaskRecord, TaskRegistry
from app.tasks.backend import Outcome
from app.tasks.registry import CountAlone

RUNNING = Gauge("tasks_running", "Attempts that run in this process.", ["task"])
DURATION = Histogram(
    "task_duration_seconds",
    "Attempts that have ended in this process.",
    ["task", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600),
)

AGE = "Since the task that has waited longest was due; 0 when none is, NaN when unknown."
OTHER = "_OTHER"
OUTCOMES = ("succeeded", "failed", "retried", "cancelled")


class MeasuredTaskRegistry(TaskRegistry):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # Prometheus sees no increase in a counter that begins with its first failure.
        for name, outcome in product((*self.names, OTHER), OUTCOMES):
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
        return name if name in self.names else OTHER


async def count_queued_tasks(request: Request) -> Iterable[Metric]:
    """At each scrape. A queue that is unavailable, or slow, does not hide the other metrics."""
    reading = asyncio.create_task(read_queue(request.state.tasks, request.state.task_registry))
    await asyncio.wait({reading}, timeout=request.state.settings.readiness_timeout)
    if reading.done():
        return reading.result()
    reading.cancel()
    return describe_queue({}, math.nan)


async def read_queue(backend: TaskBackend, registry: MeasuredTaskRegistry) -> Iterable[Metric]:
    try:
        counts, due_at = await backend.store.count_queued(), await backend.store.oldest_due()
    except Exception:
        return describe_queue({}, math.nan)
    queued = Counter(dict.fromkeys((*registry.names, OTHER), 0))
    for name, count in counts.items():
        queued[registry.known(name)] += count
    age = (now() - due_at).total_seconds() if due_at else 0
    return describe_queue(queued, max(age, 0))


def describe_queue(counts: Mapping[str, int], age: float) -> Iterable[Metric]:
    queued = GaugeMetricFamily("tasks_queued", "Tasks that wait, in the whole queue.", labels=["task"])
    for name, count in counts.items():
        queued.add_metric([name], count)
    return queued, GaugeMetricFamily("tasks_oldest_queued_age_seconds", AGE, value=age)
