"""What tests have to know of the queue: tasks run in the server, and wait in its memory."""

from typing import Any

import pytest

from .processes import Server


class Worker(Server):
    """A process that runs tasks: here the server."""


@pytest.fixture
def queue() -> dict[str, Any]:
    """What the settings have to say of the queue."""
    return {}


@pytest.fixture
def runner() -> None:
    """Has the tasks of `client` run: nothing has to be started for that."""
