"""What tests need to know of the queue: workers run the tasks, which wait in the database."""

from collections.abc import Callable
from typing import Any

import pytest

from app.settings import Settings
from .processes import Process
from .worker_process import WorkerProcess


@pytest.fixture
def task_process() -> type[Process]:
    """The kind of process that runs tasks."""
    return WorkerProcess


@pytest.fixture
def queue() -> dict[str, Any]:
    """Settings of the queue."""
    return {}


@pytest.fixture
def lost_queue(settings: Settings, lost_url: str) -> Settings:
    """With a queue that is unavailable."""
    return settings.model_copy(update={"database_url": lost_url})


@pytest.fixture
def queue_outage(database_outage: Callable[[], None]) -> Callable[[], None]:
    """Makes the queue unavailable, and returns when it is back."""
    return database_outage
