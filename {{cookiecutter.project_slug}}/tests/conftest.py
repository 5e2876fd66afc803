"""The service as its callers see it: a running application, and a client of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import factory
from app.domains import DOMAINS
from app.factory import create_app
from app.settings import Settings
from tests import probe
from tests.processes import until

pytest_plugins = [
    # % if cookiecutter.database != "none"
    "tests.databases",
    # % endif
    "tests.queues",
]
Wait = Callable[[str], dict[str, Any]]


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch,
    # % if cookiecutter.database != "none"
    database_url: str,
    # % endif
    queue: dict[str, Any],
) -> Settings:
    """The defaults, whatever `.env` or the environment of the developer says."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return Settings(
        _env_file=None,
        # % if cookiecutter.database != "none"
        database_url=database_url,
        # % endif
        task_grace=2,
        task_lease=2,
        **queue,
    )


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """With the probe. Add routes to it, when a test needs other ones; `client` then serves them."""
    monkeypatch.setattr(factory, "DOMAINS", [*DOMAINS, probe])
    return create_app(settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        # % if cookiecutter.model_serving == "onnx"
        assert client.portal
        client.portal.call(client.app_state["model"].loaded)
        # % endif
        yield client


@pytest.fixture
def wait(client: TestClient, runner: None) -> Wait:
    """The record of a task, by the address that its submission gave, once it has ended."""

    def poll(location: str) -> dict[str, Any]:
        def record() -> dict[str, Any] | None:
            found: dict[str, Any] = client.get(location).json()
            return found if found["ended_at"] else None

        return until(record) or {}

    return poll
