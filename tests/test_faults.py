"""Real faults, real servers: an acknowledged write is never lost, and no client waits for ever."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.fixtures import Render
from support.live import TIMEOUT, Service, live
from support.load import USERS, Load
from support.seen import Answer, read
from support.servers import PostgreSQL

# In one process: they share servers, and measure time.
pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]
LIMIT = TIMEOUT + 3


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="module")
def on_postgresql(
    postgresql: PostgreSQL, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    root = render(tmp_path_factory.mktemp("on"), {"database": "postgresql", "domains": "users"})
    with live(root, postgresql.address) as service:
        yield service


@pytest.fixture(scope="module")
def on_sqlite(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("on")
    root = render(folder, {"database": "sqlite", "domains": "users"})
    with live(root, f"sqlite+aiosqlite:///{folder}/test.db") as service:
        yield service


@pytest.fixture(params=["on_postgresql", "on_sqlite"])
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.getfixturevalue(request.param)
    return found


def add(service: Service, name: str) -> str:
    answer = service.send("POST", USERS, name=name)
    assert answer.status == 201
    return str(answer.body["id"])


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
        load.wait_for_more()
        postgresql.stop(mode)
        on_postgresql.until("/health/ready", 503)
        assert on_postgresql.send("GET", "/health/live").status == 200
        time.sleep(0.3)
        postgresql.start()
        on_postgresql.until("/health/ready", 200)
        load.wait_for_more()
    assert_bounded(load.answers)
    assert any(answer.status == 503 for answer in load.answers)
    assert load.answers[-1].status == 200
    load.assert_kept()


def test_a_frozen_database_keeps_no_client_waiting(postgresql: PostgreSQL, on_postgresql: Service) -> None:
    with Load(on_postgresql, clients=8) as load:
        load.wait_for_more()
        postgresql.send(signal.SIGSTOP)
        try:
            time.sleep(4 * TIMEOUT)
        finally:
            postgresql.send(signal.SIGCONT)
        on_postgresql.until("/health/ready", 200)
    assert_bounded(load.answers, 3 * TIMEOUT + 1.5)
    load.assert_kept()


def crowd(users: list[str]) -> list[tuple[str, str, dict[str, str]]]:
    """Lists, writes and changes by more clients than there are connections."""
    calls: list[tuple[str, str, dict[str, str]]] = []
    for n in range(67):
        calls.append(("GET", USERS, {}))
        calls.append(("POST", USERS, {"name": f"of the crowd {n}"}))
        calls.append(("PATCH", f"{USERS}/{users[n % 10]}", {"name": f"changed {n}"}))
    return calls


def test_more_clients_than_connections_are_all_served(service: Service) -> None:
    calls = crowd([add(service, f"crowd {number} {service.address}") for number in range(10)])
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda call: service.send(call[0], call[1], **call[2]), calls))
    # On a slow machine some may wait for too long, and then get a 503; never before.
    late = [answer for answer in answers if answer.status == 503]
    assert all(answer.refused_well and answer.seconds >= TIMEOUT for answer in late)
    assert len(late) < len(calls) / 2
    conflicts = [call for call, answer in zip(calls, answers, strict=True) if answer.status == 409]
    assert {method for method, _, _ in conflicts} <= {"PATCH"}
    assert {answer.status for answer in answers} <= {200, 201, 409, 503}


def test_of_changes_at_the_same_time_none_is_lost_in_silence(service: Service) -> None:
    user = add(service, "raced for")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: change(service, user, n), range(80)))
    count = Counter(answer.status for answer in answers)
    # On a slow machine a change may find no connection in time: it is refused, and changes nothing.
    assert set(count) <= {200, 409, 503}
    assert min(count[200], count[409]) > 0
    [version] = read(service.address, "SELECT version FROM users WHERE name LIKE 'race %'")
    assert version == 1 + count[200]


def change(service: Service, user: str, number: int) -> Answer:
    return service.send("PATCH", f"{USERS}/{user}", name=f"race {number}")


SLOW_COMMIT = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION dawdle()
"""
BREAK_COMMIT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'"
)


def break_commit(address: str) -> list[Any]:
    """As soon as there is one."""
    deadline = time.monotonic() + 20
    while not (broken := read(address, BREAK_COMMIT)):
        assert time.monotonic() < deadline, "no commit to break"
        time.sleep(0.02)
    return broken


def test_a_commit_that_breaks_is_no_success(on_postgresql: Service) -> None:
    read(on_postgresql.address, SLOW_COMMIT)
    try:
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(on_postgresql.send, "POST", USERS, name="never committed")
            assert break_commit(on_postgresql.address) == [True]
        assert answer.result().refused_well
    finally:
        read(on_postgresql.address, "DROP TRIGGER slow ON users; DROP FUNCTION dawdle()")
    assert read(on_postgresql.address, "SELECT name FROM users WHERE name = 'never committed'") == []


def test_a_killed_service_has_kept_what_it_acknowledged(service: Service) -> None:
    with Load(service) as load:
        load.wait_for_more()
        service.kill()
    service.start()
    assert service.send("GET", "/health/ready").status == 200
    load.assert_kept()
    if service.address.startswith("sqlite"):
        assert read(service.address, "PRAGMA integrity_check") == ["ok"]
