"""A database for each run: created by the migrations, emptied after each test. No other is ever touched."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from .migrations import migrate

# All tables but Alembic's, those of libraries too.
EMPTY = """
DO $$
DECLARE name regclass;
BEGIN
    FOR name IN SELECT relid FROM pg_stat_user_tables WHERE relname <> 'alembic_version' LOOP
        EXECUTE 'TRUNCATE ' || name || ' CASCADE';
    END LOOP;
END $$
"""
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
REMEDY = "Install PostgreSQL, or say where one is: TEST_DATABASE_URL=postgresql://user:password@host/test"


def execute(url: URL, *statements: str) -> None:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def find_programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are; Debian keeps them off the PATH."""
    found = shutil.which("pg_ctl")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return Path(found).parent if found else debian[-1].parent if debian else None


@contextmanager
def temporary_server(programs: Path) -> Generator[tuple[URL, Callable[[], None]]]:
    """A PostgreSQL that is gone after the tests, and how to start it again after a crash."""
    folder = tempfile.mkdtemp()
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", f"{folder}/data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, user=user)

    run("initdb", "-U", "test", "-A", "trust", "-N")

    def start() -> None:
        run("pg_ctl", "-o", options, "-l", f"{folder}/log", "-w", "start")

    def restart() -> None:
        run("pg_ctl", "-m", "immediate", "stop")
        time.sleep(1)
        start()

    try:
        start()
        url = make_url(f"postgresql+psycopg://test@127.0.0.1:{port}/postgres")
        yield url.set(database="test"), restart
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[tuple[URL, Callable[[], None]]]:
    """The address of a test database: tests use only new ones next to it, named after it.

    And what makes the server lose every connection.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        url = make_url(given).set(drivername="postgresql+psycopg")
        if "test" not in (url.database or ""):
            pytest.exit(f"TEST_DATABASE_URL names the database {url.database!r}, which does not say test.", 2)
        yield url, lambda: cut(url)
    elif programs := find_programs():
        with temporary_server(programs) as server:
            yield server
    elif os.environ.get("CI"):
        pytest.fail(f"There is no PostgreSQL to test with. {REMEDY}")
    else:
        pytest.skip(f"There is no PostgreSQL to test with. {REMEDY}")


def cut(url: URL) -> None:
    """For a server that is not ours to restart."""
    name = f"{url.database}_{WORKER}"
    elsewhere = url.set(database="postgres")
    ends = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    execute(elsewhere, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', ends)
    time.sleep(1)
    execute(elsewhere, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@pytest.fixture(scope="session")
def postgresql(postgresql_server: tuple[URL, Callable[[], None]]) -> URL:
    return postgresql_server[0]


@pytest.fixture
def database_outage(postgresql_server: tuple[URL, Callable[[], None]]) -> Callable[[], None]:
    """Cuts every connection for some time, and returns when it is over."""
    return postgresql_server[1]


@contextmanager
def new_database(postgresql: URL, suffix: str) -> Generator[str]:
    name = f"{postgresql.database}_{suffix}"
    drop, create = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"'
    execute(postgresql.set(database="postgres"), drop, create)
    yield postgresql.set(database=name).render_as_string(hide_password=False)
    execute(postgresql.set(database="postgres"), drop)


@pytest.fixture(scope="session")
def migrated(postgresql: URL) -> Iterator[str]:
    with new_database(postgresql, WORKER) as url:
        migrate(url)
        yield url


@pytest.fixture
def database_url(migrated: str) -> Iterator[str]:
    yield migrated
    execute(make_url(migrated), EMPTY)


@pytest.fixture
def lost_url(postgresql: URL) -> str:
    """A database that is unavailable."""
    return postgresql.set(host="127.0.0.1", port=1).render_as_string(hide_password=False)


@pytest.fixture
def empty_url(postgresql: URL) -> Iterator[str]:
    """A database before its first migration."""
    with new_database(postgresql, f"{WORKER}_empty") as url:
        yield url
