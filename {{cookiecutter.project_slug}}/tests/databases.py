"""A database for each test: a copy of one that the migrations have made. Nothing else is ever touched."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

ALEMBIC = Config(Path(__file__).parent.parent / "alembic.ini")


def migrate(url: str, revision: str = "head") -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", url)
        command.upgrade(ALEMBIC, revision)


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
    """A database that does not answer."""
    return f"sqlite+aiosqlite:///{tmp_path / 'no such folder' / 'lost.db'}"


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """A database before its first migration."""
    return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def database_outage(database_url: str) -> Callable[[], None]:
    """Keeps everybody out for some time, and returns when it is over."""

    def lock() -> None:
        with closing(sqlite3.connect(database_url.partition("///")[2], timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(4)

    return lock
