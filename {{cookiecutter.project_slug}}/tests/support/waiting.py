"""Submits tasks of the probe, runs them, and waits for them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from .processes import until

Wait = Callable[[str], dict[str, Any]]


def submit(client: httpx2.Client, name: str, **arguments: Any) -> str:
    """The location of the task."""
    response = client.post(f"/v1/test-probe/{name}", json=arguments)
    assert response.status_code == 202, response.text
    return response.headers["Location"]


def ended(client: httpx2.Client, location: str) -> dict[str, Any]:
    """The record of a task, once it has ended."""

    def record() -> dict[str, Any]:
        found: dict[str, Any] = client.get(location).json()
        return found if found["ended_at"] else {}

    return until(record, 60)


def records_of(client: httpx2.Client, limit: int = 100) -> Iterator[dict[str, Any]]:
    """All of them, page by page."""
    query: dict[str, Any] = {"limit": limit}
    while query.get("cursor", "start"):
        page = client.get("/tasks", params=query).json()
        yield from page["items"]
        query["cursor"] = page["next_cursor"]


@pytest.fixture
def runner(client: TestClient) -> Iterator[None]:
    """Runs the tasks of `client`, in its own process."""
    assert client.portal
    with client.portal.wrap_async_context_manager(client.app_state["tasks"].working()):
        yield


@pytest.fixture
def wait(client: TestClient, runner: None) -> Wait:
    return partial(ended, client)
