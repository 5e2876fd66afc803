"""What tests need to know of Procrastinate: workers run the tasks."""

import pytest

from .processes import Process
from .worker_process import WorkerProcess


@pytest.fixture
def task_process() -> type[Process]:
    """The kind of process that runs tasks."""
    return WorkerProcess
