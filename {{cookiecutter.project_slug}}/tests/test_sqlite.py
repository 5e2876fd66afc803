"""The file of the database: where it is, and what happens when it is deleted or locked under the service."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import make_url

from app.factory import create_app
from app.settings import ROOT, Settings
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


def test_a_damaged_file_is_an_outage(
    path: Path, migrated: Path, writer: Callable[[], tuple[int, str]]
) -> None:
    assert writer() == (200, "ok")
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    path.write_bytes(b"no database" * 1000)
    assert writer() == (503, "OperationalError")
    path.unlink()
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


def with_url(settings: Settings, url: str) -> Settings:
    return Settings.model_validate({**dict(settings), "database_url": url})


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///name.db", f"{ROOT}/name.db"), ("sqlite+pysqlite:////srv/name.db", "/srv/name.db")],
)
def test_a_file_is_the_same_from_every_folder(settings: Settings, url: str, path: str) -> None:
    assert make_url(with_url(settings, url).database_url).database == path


def test_a_file_lies_in_the_folder_of_the_service_whatever_that_is_called(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "50%25 # and? more%2F"
    monkeypatch.setattr("app.settings.ROOT", root)
    found = with_url(settings, "sqlite:///name.db")
    assert make_url(found.database_url).database == f"{root}/name.db"
    assert with_url(settings, found.database_url) == found


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", ":memory:", "name.db", "sqlite://name.db", "sqlite:///a.db?mode=ro"],
)
def test_a_database_that_is_no_file_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:///service.db"):
        with_url(settings, url)
