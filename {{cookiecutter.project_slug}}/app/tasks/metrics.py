"""What is measured of background tasks."""

from contextlib import suppress

from fastapi import Request
from prometheus_client import Gauge, Histogram

from app.errors import UnavailableError
from .backend import TaskBackend

TASKS_QUEUED = Gauge("tasks_queued", "Tasks that wait, in the whole queue.", ["task"])
TASKS_RUNNING = Gauge("tasks_running", "Tasks that run in this process.", ["task"])
TASK_DURATION = Histogram("task_duration_seconds", "Attempts in this process.", ["task"])


async def count_queued_tasks(request: Request) -> None:
    """Before each scrape. A queue that is unavailable does not hide the other metrics."""
    backend: TaskBackend = request.state.tasks
    TASKS_QUEUED.clear()
    with suppress(UnavailableError):
        for name, count in (await backend.store.count_queued()).items():
            TASKS_QUEUED.labels(name).set(count)
