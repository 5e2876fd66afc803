"""Real faults, real servers: an acknowledged write is never lost, and no caller waits for ever."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import psycopg
import pytest
from conftest import Render
from running import free_port
from servers import PostgreSQL

TIMEOUT = 2
# In one process: they share servers, and measure time.
pytestmark = pytest.mark.xdist_group("faults")
LIMIT = TIMEOUT + 3


class Answer(NamedTuple):
    """What a caller got, and after how many seconds; status 0: a server that was killed meanwhile."""

    status: int
    seconds: float
    kind: str = ""
    retry_after: str | None = None
    body: Any = None

    @property
    def refused_well(self) -> bool:
        return self.status == 503 and self.kind == "application/problem+json" and bool(self.retry_after)


def read(address: str, query: str) -> list[Any]:
    """Run the query past the service, in the database itself; the first column of what it gives."""
    connection: Any
    if address.startswith("sqlite"):
        connection = sqlite3.connect(address.partition(":///")[2])
    else:
        connection = psycopg.connect(address.replace("+psycopg", ""), autocommit=True)
    cursor = connection.execute(query)
    rows = [row[0] for row in cursor.fetchall()] if cursor.description else []
    connection.close()
    return rows


class Service:
    """A rendered service under a real uvicorn."""

    def __init__(self, root: Path, address: str) -> None:
        self.root, self.address = root, address
        self.environment = os.environ | {"DATABASE_URL": address, "DATABASE_TIMEOUT": f"{TIMEOUT}"}
        self.environment |= {"DATABASE_POOL_SIZE": "5", "DRAIN_DELAY": "0", "LOG_LEVEL": "WARNING"}
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(command, cwd=root, env=self.environment, check=True)
        self.port = free_port()
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(self.port)]
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=log, stderr=log
            )
        self.until("/health/live", 200, seconds=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def send(self, method: str, path: str, **body: str) -> Answer:
        started = time.monotonic()
        try:
            got = self.client.request(method, path, json=body or None)
        except httpx2.TransportError:
            return Answer(0, time.monotonic() - started)
        seconds = time.monotonic() - started
        kind, retry_after = got.headers["Content-Type"], got.headers.get("Retry-After")
        return Answer(got.status_code, seconds, kind, retry_after, got.json())

    def add(self, name: str) -> str:
        answer = self.send("POST", "/users", name=name)
        assert answer.status == 201
        return str(answer.body["id"])

    def until(self, path: str, status: int, seconds: float = 10) -> None:
        """Wait, and fail when it takes too long."""
        deadline = time.monotonic() + seconds
        while self.send("GET", path).status != status:
            assert time.monotonic() < deadline, path
            time.sleep(0.05)


class Load:
    """Callers who write, list and read as long as the block lasts, and note what they were told."""

    def __init__(self, service: Service, callers: int = 6) -> None:
        self.answers: list[Answer] = []
        self.acknowledged: set[str] = set()
        self._service = service
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(callers)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _call(self, number: int) -> None:
        while not self._ended.wait(0.01):
            name = f"{number} {time.time_ns()}"
            answer = self._service.send("POST", "/users", name=name)
            path = "/users"
            if answer.status == 201:
                self.acknowledged.add(name)
                path = f"/users/{answer.body['id']}"
            self.answers += [answer, self._service.send("GET", "/users"), self._service.send("GET", path)]

    def assert_kept(self) -> None:
        assert len(self.acknowledged) > 10
        assert self.acknowledged <= set(read(self._service.address, "SELECT name FROM users"))


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture(scope="module")
def on_postgresql(
    postgresql: PostgreSQL, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("on")
    service = Service(render(folder, {"database": "postgresql", "domains": "users"}), postgresql.address)
    yield service
    service.kill()
    service.client.close()


@pytest.fixture(scope="module")
def on_sqlite(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("on")
    address = f"sqlite+aiosqlite:///{folder}/test.db"
    service = Service(render(folder, {"database": "sqlite", "domains": "users"}), address)
    yield service
    service.kill()
    service.client.close()


@pytest.fixture(params=["on_postgresql", "on_sqlite"])
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.getfixturevalue(request.param)
    return found


def assert_bounded(answers: list[Answer], limit: float = LIMIT) -> None:
    """Each answer is right, or a 503 in time that says when to come back."""
    wrong = [answer for answer in answers if answer.status not in (200, 201) and not answer.refused_well]
    assert not wrong
    assert max(answer.seconds for answer in answers) < limit


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_stop_of_the_database_loses_no_acknowledged_write(
    mode: str, postgresql: PostgreSQL, on_postgresql: Service
) -> None:
    with Load(on_postgresql) as load:
        time.sleep(0.7)
        postgresql.stop(mode)
        on_postgresql.until("/health/ready", 503)
        assert on_postgresql.send("GET", "/health/live").status == 200
        time.sleep(0.3)
        postgresql.start()
        on_postgresql.until("/health/ready", 200)
        time.sleep(0.3)
    assert_bounded(load.answers)
    assert any(answer.status == 503 for answer in load.answers)
    assert load.answers[-1].status == 200
    load.assert_kept()


def test_a_frozen_database_keeps_nobody_waiting(postgresql: PostgreSQL, on_postgresql: Service) -> None:
    with Load(on_postgresql, callers=8) as load:
        time.sleep(0.5)
        postgresql.send(signal.SIGSTOP)
        try:
            time.sleep(4 * TIMEOUT)
        finally:
            postgresql.send(signal.SIGCONT)
        on_postgresql.until("/health/ready", 200)
    assert_bounded(load.answers, 3 * TIMEOUT + 1.5)
    load.assert_kept()


def test_more_callers_than_connections_are_all_served(service: Service) -> None:
    users = [service.add(f"crowd {number} {service.address}") for number in range(10)]
    calls = [
        call
        for n in range(67)
        for call in (
            ("GET", "/users", {}),
            ("POST", "/users", {"name": f"of the crowd {n}"}),
            ("PATCH", f"/users/{users[n % 10]}", {"name": f"changed {n}"}),
        )
    ]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda call: service.send(call[0], call[1], **call[2]), calls))
    # On a slow machine some may wait for too long, and then are told so; never before.
    late = [answer for answer in answers if answer.status == 503]
    assert all(answer.refused_well and answer.seconds >= TIMEOUT for answer in late)
    assert len(late) < len(calls) / 2
    conflicts = [call for call, answer in zip(calls, answers, strict=True) if answer.status == 409]
    assert {method for method, _, _ in conflicts} <= {"PATCH"}
    assert {answer.status for answer in answers} <= {200, 201, 409, 503}


def test_of_changes_at_the_same_time_none_is_lost_in_silence(service: Service) -> None:
    user = service.add("raced for")
    with ThreadPoolExecutor(8) as pool:
        changes = range(80)
        answers = list(pool.map(lambda n: service.send("PATCH", f"/users/{user}", name=f"race {n}"), changes))
    count = Counter(answer.status for answer in answers)
    assert set(count) == {200, 409}
    [version] = read(service.address, "SELECT version FROM users WHERE name LIKE 'race %'")
    assert version == 1 + count[200]


SLOW_COMMIT = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION dawdle()
"""
BREAK_COMMIT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'"
)


def test_a_commit_that_breaks_is_no_success(on_postgresql: Service) -> None:
    read(on_postgresql.address, SLOW_COMMIT)
    try:
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(on_postgresql.send, "POST", "/users", name="never committed")
            time.sleep(0.4)
            assert read(on_postgresql.address, BREAK_COMMIT) == [True]
        assert answer.result().refused_well
    finally:
        read(on_postgresql.address, "DROP TRIGGER slow ON users; DROP FUNCTION dawdle()")
    assert read(on_postgresql.address, "SELECT name FROM users WHERE name = 'never committed'") == []


def test_a_killed_service_has_kept_what_it_acknowledged(service: Service) -> None:
    with Load(service) as load:
        time.sleep(1)
        service.kill()
    service.start()
    assert service.send("GET", "/health/ready").status == 200
    load.assert_kept()
    if service.address.startswith("sqlite"):
        assert read(service.address, "PRAGMA integrity_check") == ["ok"]
