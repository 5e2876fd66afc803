"""A database for each test, copied from one that the migrations have created; no other is ever touched."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from .migrations import migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "migrated.db"
    migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def database_url(migrated: Path, tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{shutil.copy(migrated, tmp_path / 'test.db')}"


@pytest.fixture
def lost_url(tmp_path: Path) -> str:
    """A database that is unavailable."""
    return f"sqlite+aiosqlite:///{tmp_path / 'no such folder' / 'lost.db'}"


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """A database before its first migration."""
    return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def database_outage(database_url: str) -> Callable[[], None]:
    """Locks the database for some time, and returns when it is over."""

    def lock() -> None:
        with closing(sqlite3.connect(database_url.partition("///")[2], timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(4)

    return lock
