"""Processes are killed and stopped, and the queue goes away; no task is lost, and none is done twice."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.factory import create_app
from app.settings import Settings
from tests.probe.tasks import count, notes
from tests.processes import Service, until
from tests.queues import Worker


@pytest.fixture
def settings(settings: Settings) -> Settings:
    quick = {"task_lease": 2, "task_grace": 2, "drain_delay": 0}
    return settings.model_copy(update={**quick, "task_concurrency": 8, "task_queue_size": 1000})


@pytest.fixture
def service(settings: Settings, tmp_path: Path) -> Iterator[Service]:
    service = Service(settings, tmp_path, Worker)
    yield service
    service.close()


def jobs(folder: Path, amount: int, seconds: float = 0) -> list[dict[str, Any]]:
    """Of different length, about so many seconds: who runs several of them is never idle for a moment."""
    lengths = [seconds * (1 + number % 7) / 4 for number in range(amount)]
    return [{"folder": str(folder), "number": number, "seconds": lengths[number]} for number in range(amount)]


def test_a_task_whose_process_is_killed_runs_again_soon_and_ends_once(
    service: Service, settings: Settings, folder: Path
) -> None:
    service.start(2)
    location = service.submit("hold", folder=str(folder))
    (victim,) = until(lambda: notes(folder, "begun"))
    service.with_pid(victim).kill()
    killed = time.monotonic()
    _, heir = until(lambda: notes(folder, "begun")[1:] and notes(folder, "begun"))
    assert time.monotonic() - killed < 2 * settings.task_lease
    (folder / "go").touch()
    record = service.ended(location)
    assert (record["state"], record["attempts"], record["result"]) == ("succeeded", 2, int(heir))
    assert notes(folder, "ended") == [heir]


def test_no_task_is_lost_whatever_is_killed(service: Service, folder: Path) -> None:
    workers = service.start(2)
    service.submit_many("work", jobs(folder, 200, seconds=0.2))
    for amount in sorted(random.sample(range(10, 150), 4)):
        until(lambda amount=amount: len(notes(folder, "done")) >= amount, 30)
        victim = random.choice(workers)
        victim.kill()
        workers = [*(each for each in workers if each is not victim), *service.start()]
    until(service.all_ended, 30)
    records = service.records()
    done, runs = notes(folder, "done"), count(folder, "done")
    assert [record["state"] for record in records] == ["succeeded"] * 200
    # Each has the result of one of its runs, and there were no more of these than attempts.
    assert {record["result"] for record in records} <= {*done}
    assert {record["result"].split()[0] for record in records} == {*runs}
    assert all(runs[record["result"].split()[0]] <= record["attempts"] for record in records)
    assert any(record["attempts"] > 1 for record in records)


def test_a_task_longer_than_the_lease_runs_once_while_its_process_lives(
    service: Service, settings: Settings, folder: Path
) -> None:
    service.start(2)
    location = service.submit("hold", folder=str(folder))
    until(lambda: notes(folder, "begun"))
    time.sleep(2.2 * settings.task_lease)
    (folder / "go").touch()
    assert service.ended(location)["attempts"] == 1
    assert len(notes(folder, "begun")) == len(notes(folder, "ended")) == 1


def test_who_is_told_to_stop_ends_what_it_can_and_leaves_the_rest_to_others(
    service: Service, settings: Settings, folder: Path
) -> None:
    (first,) = service.start()
    short = service.submit("work", folder=str(folder), number=-1, seconds=1)
    service.submit_many("hold", [{"folder": str(folder)}] * (settings.task_concurrency - 1))
    until(lambda: len(notes(folder, "begun")) == settings.task_concurrency - 1)
    service.submit_many("work", jobs(folder, 20))
    first.stop()
    assert count(folder, "done") == {"-1": 1}
    (second,) = service.start()
    assert service.ask(short).json()["state"] == "succeeded"
    (folder / "go").touch()
    until(service.all_ended)
    records = service.records()
    assert {record["state"] for record in records} == {"succeeded"}
    assert {record["attempts"] for record in records if record["name"] == "probe.work"} == {1}
    assert count(folder, "ended") == {str(second.pid): settings.task_concurrency - 1}
    assert count(folder, "done") == {str(number): 1 for number in range(-1, 20)}


def test_two_processes_do_each_of_a_thousand_tasks_once(service: Service, folder: Path) -> None:
    service.start(2)
    service.submit_many("work", jobs(folder, 1000))
    until(service.all_ended, 60)
    assert count(folder, "done") == {str(number): 1 for number in range(1000)}
    assert len({line.split()[1] for line in notes(folder, "done")}) == 2
    records = service.records()
    assert {(record["state"], record["attempts"]) for record in records} == {("succeeded", 1)}
    assert {record["result"] for record in records} == {*notes(folder, "done")}


def test_after_an_outage_work_goes_on_and_nothing_is_lost(
    service: Service, settings: Settings, folder: Path, queue_outage: Callable[[], None]
) -> None:
    service.start(2)
    long = service.submit("hold", folder=str(folder))
    service.submit_many("work", jobs(folder, 200, seconds=0.1))
    until(lambda: notes(folder, "done") and notes(folder, "begun"))
    queue_outage()
    until(lambda: service.ask("/tasks").status_code == 200)
    later = service.submit("echo", value="later")
    (folder / "go").touch()
    until(service.all_ended, 30)
    assert service.ended(later)["result"] == "later"
    assert {record["state"] for record in service.records()} == {"succeeded"}
    assert {*count(folder, "done")} == {str(number) for number in range(200)}
    # It was running all the time, or was taken up again because its end could not be told to the queue:
    # then its result was kept and it ended at once, or it was begun again.
    attempts, begun, ended = service.ended(long)["attempts"], notes(folder, "begun"), notes(folder, "ended")
    assert attempts >= len(begun) >= len(ended) >= 1


@pytest.mark.usefixtures("app")
def test_a_queue_that_does_not_answer_accepts_nothing(lost_queue: Settings) -> None:
    app: FastAPI = create_app(lost_queue)
    with TestClient(app) as client:
        for refused in (
            client.post("/probes/echo"),
            client.post("/probes/echo", headers={"Idempotency-Key": "first"}),
            client.get("/tasks"),
        ):
            assert refused.status_code == 503
            assert refused.headers["Retry-After"]
            assert "Location" not in refused.headers
        # That is no reason to keep every other metric back.
        assert "python_info" in client.get("/metrics").text
