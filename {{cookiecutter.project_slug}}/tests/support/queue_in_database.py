"""What tests need to know of a queue that is in the database."""

from collections.abc import Callable
from typing import Any

import pytest

from app.settings import Settings


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
    """Takes the queue away, and returns when it is back."""
    return database_outage
