"""The service as its callers see it: a running application, and a client of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.factory import create_app
from app.settings import Settings

# % if cookiecutter.database != "none"
pytest_plugins = ["tests.databases"]
# % endif
Wait = Callable[[str], dict[str, Any]]


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch,
    # % if cookiecutter.database != "none"
    database_url: str,
    # % endif
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
    )


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """Add routes to it, when a test needs one that no domain has; `client` then serves them."""
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
def wait(client: TestClient) -> Wait:
    """The record of a task, by the address that its submission gave, once it has ended."""

    def poll(location: str) -> dict[str, Any]:
        for _ in range(500):
            record: dict[str, Any] = client.get(location).json()
            if record["ended_at"]:
                return record
        raise TimeoutError(location)

    return poll
