"""A file that is deleted or locked under the service."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app.factory import create_app
from app.settings import Settings
from tests.support.processes import until


@pytest.fixture
def writer(settings: Settings) -> Iterator[Callable[[], tuple[int, str]]]:
    """Makes a request that writes, and asks whether the service is ready."""
    app = create_app(settings.model_copy(update={"readiness_timeout": 0.5, "database_timeout": 1}))

    @app.post("/probe/nothing")
    async def nothing() -> None: ...

    with TestClient(app, raise_server_exceptions=False) as client:

        def outcomes() -> tuple[int, str]:
            check = client.get("/health/ready").json()["checks"]["database"]
            # Its response is written.
            return client.post("/probe/nothing", headers={"Idempotency-Key": str(uuid4())}).status_code, check

        yield outcomes


@pytest.fixture
def path(database_url: str) -> Path:
    return Path(database_url.partition("///")[2])


def test_a_deleted_file_takes_no_writes_and_one_that_comes_back_does(
    path: Path, migrated: Path, writer: Callable[[], tuple[int, str]]
) -> None:
    assert writer() == (200, "ok")
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    assert writer() == (503, "PendingMigrationsError")
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    shutil.copy(migrated, path)
    assert writer() == (200, "ok")


def test_a_locked_database_is_not_ready_until_it_is_free(
    settings: Settings, path: Path, writer: Callable[[], tuple[int, str]]
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(settings.database_pool_size):
            assert writer() == (503, "TimeoutError")
    until(lambda: writer() == (200, "ok"))


def test_a_request_waits_for_a_lock_no_longer_than_it_may_take(settings: Settings, path: Path) -> None:
    app = create_app(settings.model_copy(update={"request_timeout": 0.5, "database_timeout": 60}))

    @app.post("/probe/write")
    async def write() -> None: ...

    with closing(sqlite3.connect(path)) as connection, TestClient(app) as client:
        connection.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert client.post("/probe/write", headers={"Idempotency-Key": "first"}).status_code in (503, 504)
        assert time.monotonic() - started < 30
