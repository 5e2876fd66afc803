"""What tests have to know of the queue: tasks run in the servers, and wait in their database."""

from collections.abc import Callable
from typing import Any

import pytest

from app.settings import Settings

from .processes import Server


class Worker(Server):
    """A process that runs tasks: here a server."""


@pytest.fixture
def queue() -> dict[str, Any]:
    """What the settings have to say of the queue."""
    return {}


@pytest.fixture
def runner() -> None:
    """Has the tasks of `client` run: nothing has to be started for that."""


@pytest.fixture
def lost_queue(settings: Settings, lost_url: str) -> Settings:
    """A queue that does not answer."""
    return settings.model_copy(update={"database_url": lost_url})


@pytest.fixture
def queue_outage(database_outage: Callable[[], None]) -> Callable[[], None]:
    """Takes the queue away, and returns when it is there again."""
    return database_outage
