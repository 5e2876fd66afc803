"""The pool, with twenty requests at the same time, and with a database that is away."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.database import SessionDep
from app.factory import create_app
from app.settings import Settings
from tests.support.processes import until
from tests.telemetry.scrape import total, value


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"readiness_timeout": 0.1, "database_pool_size": 3})


def add_query(app: FastAPI, go: Path) -> None:
    @app.get("/probe/query")
    async def query(session: SessionDep) -> None:
        """Keeps its connection until there is a file named `go`."""
        await session.execute(text("SELECT 1"))
        while not os.path.exists(go):  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.01)


def test_connections_in_use_and_transactions_that_wait_are_measured(
    app: FastAPI, client: TestClient, tmp_path: Path
) -> None:
    add_query(app, tmp_path / "go")
    assert value(client, "database_pool_size") == 3
    with ThreadPoolExecutor(20) as threads:
        try:
            requests = [threads.submit(client.get, "/probe/query") for _ in range(20)]
            until(lambda: value(client, "database_pool_waiting") >= 17)
            assert value(client, "database_pool_in_use") == 3
            assert value(client, "http_server_active_requests") == 20
        finally:
            (tmp_path / "go").touch()
    assert {each.result().status_code for each in requests} == {200}
    until(lambda: value(client, "database_pool_waiting") == value(client, "database_pool_in_use") == 0)


def test_a_database_that_is_away_shows(settings: Settings, lost_url: str, tmp_path: Path) -> None:
    app = create_app(settings.model_copy(update={"database_url": lost_url}))
    add_query(app, tmp_path)
    refused = {"http_route": "/probe/query", "http_response_status_code": "503"}
    with TestClient(app) as client:
        failures = value(client, "database_connection_failures_total")
        requests = total(client, "http_server_request_duration_seconds_count", **refused)
        for _ in range(3):
            assert client.get("/probe/query").status_code == 503
        assert value(client, "database_connection_failures_total") >= failures + 3
        assert total(client, "http_server_request_duration_seconds_count", **refused) == requests + 3
