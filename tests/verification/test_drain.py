"""The end of a process, with all that it may be doing: within the stated time, and each response is whole."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from support.chaos import BACKENDS, GRACEFUL, Deployment, Fleet, Process, deployed, wait_ready
from support.fixtures import Record, Render

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("drain"), pytest.mark.timeout(600)]
DRAIN_DELAY, TASK_GRACE = 1, 2
SETTINGS = {"DRAIN_DELAY": str(DRAIN_DELAY), "TASK_GRACE": str(TASK_GRACE)}
# A busy machine takes its time to schedule what is due.
FACTOR = 2
LONGER_THAN_THE_DRAIN = DRAIN_DELAY + GRACEFUL / 2
FOR_EVER = 1000


@pytest.fixture(params=["in-process, sqlite", "in-process, postgresql", "redis, none", "postgresql"])
def deployment(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Iterator[Deployment]:
    answers = {**BACKENDS[request.param], "domains": "users"}
    root = render(tmp_path / "service", answers)
    with deployed(root, answers, tmp_path, SETTINGS, "streaming") as deployment:
        wait_ready(deployment.fleet)
        yield deployment


def until(done: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.05)


def start_endless_task(url: str, folder: Path) -> str:
    """The path of its record."""
    response = httpx2.post(f"{url}/v1/test-probe/hold", json={"folder": str(folder)})
    until((folder / "started").exists)
    return response.headers["Location"]


def runner(fleet: Fleet, folder: Path) -> Process:
    """The process that has started the task."""
    pid = int((folder / "started").read_text())
    return next(process for process in fleet.processes if process.pid == pid)


def read_stream(url: str, seconds: float, lines: list[str]) -> None:
    """Until it ends, or is broken off."""
    address = f"{url}/stream?seconds={seconds}"
    with suppress(httpx2.TransportError), httpx2.stream("GET", address, timeout=60) as response:
        for line in response.iter_lines():
            lines.append(line)


def read_slowly(url: str) -> httpx2.Response:
    """A response that takes longer than a server has to end."""
    return httpx2.get(f"{url}/v1/test-probe/slow", params={"seconds": FOR_EVER}, timeout=60)


def arrivals(url: str) -> list[httpx2.Response]:
    """The responses to clients that come on new connections, until one of them gets none."""
    found = []
    with suppress(httpx2.TransportError):
        while True:
            found.append(httpx2.get(f"{url}/health/live", timeout=60))
            time.sleep(0.02)
    return found


def test_a_process_that_is_stopped_ends_in_the_stated_time_and_each_response_is_whole(
    deployment: Deployment, tmp_path: Path, record_property: Record
) -> None:
    fleet = deployment.fleet
    task = start_endless_task(fleet.urls[0], tmp_path)
    process = runner(fleet, tmp_path)
    server = process if process in fleet.servers else fleet.servers[0]
    url, other = [*fleet.urls] if server is fleet.servers[0] else [*reversed(fleet.urls)]
    endless: list[str] = []
    whole: list[str] = []
    with ThreadPoolExecutor() as pool:
        pool.submit(read_stream, url, FOR_EVER, endless)
        pool.submit(read_stream, url, LONGER_THAN_THE_DRAIN, whole)
        late = pool.submit(read_slowly, url)
        until(lambda: endless and whole)
        started = time.monotonic()
        ends = {pool.submit(each.stop) for each in {server, process}}
        responses = arrivals(url)
        listened = time.monotonic() - started
        seconds = max(end.result() for end in ends)
    assert whole[-1] == "end"
    assert endless[-1] == "tick"
    assert (late.result().status_code, late.result().headers["Retry-After"]) == (503, "1")
    assert listened >= DRAIN_DELAY
    assert {response.status_code for response in responses} == {200}
    assert responses[-1].headers["Connection"] == "close"
    assert DRAIN_DELAY + GRACEFUL < seconds < FACTOR * (DRAIN_DELAY + GRACEFUL + TASK_GRACE)
    (tmp_path / "go").touch()
    until(lambda: httpx2.get(other + task).json()["state"] == "succeeded")
    record_property("processes stopped with open streams, requests and tasks", len(ends))
