"""Runs tasks, and waits for them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient

from .processes import until

Wait = Callable[[str], dict[str, Any]]


def ended(get: Callable[[str], Any], location: str, seconds: float = 30) -> dict[str, Any]:
    """The record of a task, by the location that its submission returned, once it has ended."""

    def record() -> dict[str, Any]:
        found: dict[str, Any] = get(location).json()
        return found if found["ended_at"] else {}

    return until(record, seconds)


@pytest.fixture
def runner(client: TestClient) -> Iterator[None]:
    """Runs the tasks of `client`, in its own process."""
    assert client.portal
    with client.portal.wrap_async_context_manager(client.app_state["tasks"].working()):
        yield


@pytest.fixture
def wait(client: TestClient, runner: None) -> Wait:
    return partial(ended, client.get)
