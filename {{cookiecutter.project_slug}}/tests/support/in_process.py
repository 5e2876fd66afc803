"""What tests need to know of tasks in the process: the servers run them."""

import pytest

from .processes import Process, Server


@pytest.fixture
def task_process() -> type[Process]:
    """The kind of process that runs tasks."""
    return Server
