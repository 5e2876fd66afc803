"""The faults of a runbook: what is seen of each in responses, probes and the log, and that it heals alone."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from support.chaos import ROLLED, Deployment, deployed, settled, wait_ready
from support.fixtures import Record, Render
from support.live import Service
from support.runbook import CALLS, FULL, READINESS_TIMEOUT, RUNBOOK, Place, Row, placed
from support.seen import Answer

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("runbook"), pytest.mark.timeout(600)]
# A busy machine takes its time.
SLACK = 5


@pytest.fixture(params=RUNBOOK)
def row(request: pytest.FixtureRequest, tmp_path: Path) -> Row:
    if request.param == FULL:
        mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", tmp_path]
        if subprocess.run(mount, stderr=subprocess.DEVNULL).returncode:
            pytest.skip("only root can make a disk that gets full")
    return RUNBOOK[request.param]


@pytest.fixture
def place(row: Row, render: Render, tmp_path: Path) -> Iterator[Place]:
    root = render(tmp_path / "service", {**row.answers, "domains": "users"})
    with placed(row, root, tmp_path) as place:
        place.service.until("/health/ready", 200)
        yield place


def call(service: Service, name: str) -> Answer:
    method, path = name.split()
    bodies: dict[str, dict[str, object]] = {
        "POST /v1/users": {"name": str(uuid4())},
        "POST /simulations": {"wait_time": 1},
    }
    return service.send(method, path, **bodies.get(name, {}))


def until(done: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def unready(service: Service) -> dict[str, str]:
    """The checks of a probe that fails; it keeps to its time, and the process lives."""
    answer = service.send("GET", "/health/ready")
    assert answer.seconds < READINESS_TIMEOUT + SLACK
    assert service.send("GET", "/health/live").status == 200
    checks: dict[str, str] = answer.body["checks"] if answer.refused_well else {}
    return checks


def test_a_fault_is_seen_as_the_runbook_says_and_heals_alone(
    row: Row, place: Place, record_property: Record
) -> None:
    service = place.service
    accepted = call(service, "POST /simulations")
    start = (service.root / "log").stat().st_size
    with row.fault(place):
        until(lambda: unready(service) == row.checks, f"{unready(service)}, not {row.checks}")
        answers = {name: call(service, name) for name in sorted(CALLS)}
        assert {name for name, answer in answers.items() if answer.refused_well} == row.refused
        assert {answers[name].status for name in CALLS - row.refused} <= {200, 201, 202}
        until(lambda: row.events <= {*service.events(start)}, f"{row.events - {*service.events(start)}}")
    service.until("/health/ready", 200)
    for name in CALLS:
        until(lambda name=name: call(service, name).status in {200, 201, 202}, name)
    if row.answers["tasks"] == "in-process":
        task = f"/tasks/{accepted.body['id']}"
        until(lambda: service.send("GET", task).body["state"] == "succeeded", "the task is lost")
    record_property("faults of the runbook", 1)


# Every process is killed at once


@pytest.fixture(params=ROLLED)
def deployment(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Iterator[Deployment]:
    answers = {**ROLLED[request.param], "domains": "users"}
    with deployed(render(tmp_path / "service", answers), answers, tmp_path) as deployment:
        wait_ready(deployment.fleet)
        yield deployment


def submit(url: str, folder: Path, number: int) -> str:
    work = {"folder": str(folder), "number": number, "seconds": 1}
    response = httpx2.post(f"{url}/v1/test-probe/work", json=work, timeout=60)
    assert response.status_code == 202, response.text
    return str(response.json()["id"])


def test_what_was_accepted_before_a_crash_is_done_after_it(
    deployment: Deployment, tmp_path: Path, record_property: Record
) -> None:
    fleet = deployment.fleet
    accepted = {submit(fleet.urls[number % 2], tmp_path, number) for number in range(40)}
    fleet.kill()
    wait_ready(fleet)
    states = {record["id"]: record["state"] for record in settled(fleet)}
    assert states == dict.fromkeys(accepted, "succeeded")
    record_property("tasks accepted before a crash of every process, all done after it", len(accepted))
