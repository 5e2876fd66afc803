"""What tests have to know of the queue: workers run the tasks, which wait in the database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings

from .processes import WorkerProcess

Worker = WorkerProcess


@pytest.fixture
def queue() -> dict[str, Any]:
    """What the settings have to say of the queue."""
    return {}


@pytest.fixture
def runner(client: TestClient) -> Iterator[None]:
    """Has the tasks of `client` run, in its own process."""
    assert client.portal
    with client.portal.wrap_async_context_manager(client.app_state["tasks"].working()):
        yield


@pytest.fixture
def lost_queue(settings: Settings, lost_url: str) -> Settings:
    """A queue that does not answer."""
    return settings.model_copy(update={"database_url": lost_url})


@pytest.fixture
def queue_outage(database_outage: Callable[[], None]) -> Callable[[], None]:
    """Takes the queue away, and returns when it is there again."""
    return database_outage
