"""Processes are killed and stopped, the queue becomes unavailable; no task is lost, and each ends once."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.factory import create_app
from app.settings import Settings
from tests.support.cluster import Cluster, all_ended, for_processes, jobs, submit_many
from tests.support.probe.tasks import count, notes
from tests.support.processes import Server, until
from tests.support.waiting import ended, submit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
# The same processes are killed in each run.
RANDOM = random.Random(1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return for_processes(settings)


def test_a_task_whose_process_is_killed_runs_again_soon_and_ends_once(
    cluster: Cluster, settings: Settings, folder: Path
) -> None:
    cluster.start(2)
    location = submit(cluster.client, "hold", folder=str(folder))
    (victim,) = until(lambda: notes(folder, "started"))
    next(each for each in cluster.processes if each.pid == int(victim)).kill()
    killed = time.monotonic()
    _, successor = until(lambda: notes(folder, "started")[1:] and notes(folder, "started"))
    assert time.monotonic() - killed < 2 * settings.task_lease
    (folder / "go").touch()
    record = ended(cluster.client, location)
    assert (record["state"], record["attempts"], record["result"]) == ("succeeded", 2, int(successor))
    assert notes(folder, "ended") == [successor]


def test_no_task_is_lost_whatever_is_killed(cluster: Cluster, folder: Path) -> None:
    workers = cluster.start(2)
    submit_many(cluster, "work", jobs(folder, 200, seconds=0.2))
    for amount in sorted(RANDOM.sample(range(10, 150), 4)):
        until(lambda amount=amount: len(notes(folder, "done")) >= amount, 60)
        victim = RANDOM.choice(workers)
        victim.kill()
        workers = [*(each for each in workers if each is not victim), *cluster.start()]
    records = all_ended(cluster)
    done, runs = notes(folder, "done"), count(folder, "done")
    assert [record["state"] for record in records] == ["succeeded"] * 200
    # Each has the result of one of its runs, and there were no more of these than attempts.
    assert {record["result"] for record in records} <= {*done}
    assert {record["result"].split()[0] for record in records} == {*runs}
    assert all(runs[record["result"].split()[0]] <= record["attempts"] for record in records)
    assert any(record["attempts"] > 1 for record in records)


def test_an_attempt_that_was_frozen_for_longer_than_the_lease_leaves_the_later_one_alone(
    cluster: Cluster, settings: Settings, folder: Path
) -> None:
    cluster.start(2)
    location = submit(cluster.client, "hold", folder=str(folder))
    (first,) = until(lambda: notes(folder, "started"))
    frozen = next(each for each in cluster.processes if each.pid == int(first))
    client = next(
        each.client for each in cluster.processes if isinstance(each, Server) and each is not frozen
    )
    frozen.signal(signal.SIGSTOP)
    _, second = until(lambda: notes(folder, "started")[1:] and notes(folder, "started"))
    (folder / f"go-{first}").touch()
    frozen.signal(signal.SIGCONT)
    # It ends, or finds out that it has lost the task.
    time.sleep(settings.task_lease)
    record = client.get(location).json()
    assert (record["state"], record["attempts"], record["result"]) == ("running", 2, None)
    (folder / "go").touch()
    record = ended(client, location)
    assert (record["state"], record["attempts"], record["result"]) == ("succeeded", 2, int(second))


def test_a_task_that_kills_its_process_takes_no_other_one_with_it(cluster: Cluster, folder: Path) -> None:
    cluster.start()
    work = [{"folder": str(folder), "number": number, "seconds": 3} for number in range(3)]
    submit_many(cluster, "work", work)
    submit(cluster.client, "crash", seconds=1)

    def all_done() -> bool:
        cluster.replace_dead()
        return len(count(folder, "done")) == len(work)

    until(all_done, 200)
    assert count(folder, "done") == {str(number): 1 for number in range(3)}


def test_a_task_longer_than_the_lease_runs_once_while_its_process_lives(
    cluster: Cluster, settings: Settings, folder: Path
) -> None:
    cluster.start(2)
    location = submit(cluster.client, "hold", folder=str(folder))
    until(lambda: notes(folder, "started"))
    time.sleep(2.2 * settings.task_lease)
    (folder / "go").touch()
    assert ended(cluster.client, location)["attempts"] == 1
    assert len(notes(folder, "started")) == len(notes(folder, "ended")) == 1


def test_a_process_that_is_stopped_ends_what_it_can_and_leaves_the_rest_to_others(
    cluster: Cluster, settings: Settings, folder: Path
) -> None:
    (first,) = cluster.start()
    short = submit(cluster.client, "work", folder=str(folder), number=-1, seconds=1)
    submit_many(cluster, "hold", [{"folder": str(folder)}] * (settings.task_concurrency - 1))
    until(lambda: len(notes(folder, "started")) == settings.task_concurrency - 1)
    submit_many(cluster, "work", jobs(folder, 20))
    first.stop()
    assert count(folder, "done") == {"-1": 1}
    (second,) = cluster.start()
    assert cluster.client.get(short).json()["state"] == "succeeded"
    (folder / "go").touch()
    records = all_ended(cluster)
    assert {record["state"] for record in records} == {"succeeded"}
    assert {record["attempts"] for record in records if record["name"] == "probe.work"} == {1}
    assert count(folder, "ended") == {str(second.pid): settings.task_concurrency - 1}
    assert count(folder, "done") == {str(number): 1 for number in range(-1, 20)}


def test_two_processes_do_each_of_a_thousand_tasks_once(cluster: Cluster, folder: Path) -> None:
    cluster.start(2)
    submit_many(cluster, "work", jobs(folder, 1000))
    records = all_ended(cluster)
    assert count(folder, "done") == {str(number): 1 for number in range(1000)}
    assert len({line.split()[1] for line in notes(folder, "done")}) == 2
    assert {(record["state"], record["attempts"]) for record in records} == {("succeeded", 1)}
    assert {record["result"] for record in records} == {*notes(folder, "done")}


def test_after_an_outage_work_goes_on_and_nothing_is_lost(
    cluster: Cluster, settings: Settings, folder: Path, queue_outage: Callable[[], None]
) -> None:
    cluster.start(2)
    long = submit(cluster.client, "hold", folder=str(folder))
    submit_many(cluster, "work", jobs(folder, 200, seconds=0.1))
    until(lambda: notes(folder, "done") and notes(folder, "started"))
    queue_outage()
    until(lambda: cluster.client.get("/tasks").status_code == 200)
    later = submit(cluster.client, "echo", value="later")
    (folder / "go").touch()
    assert {record["state"] for record in all_ended(cluster)} == {"succeeded"}
    assert ended(cluster.client, later)["result"] == "later"
    assert {*count(folder, "done")} == {str(number) for number in range(200)}
    # It was running all the time, or was redelivered because its end could not be stored: then its result
    # was kept and it ended at once, or another attempt was started.
    attempts = ended(cluster.client, long)["attempts"]
    assert attempts >= len(notes(folder, "started")) >= len(notes(folder, "ended")) >= 1


@pytest.mark.usefixtures("app")
def test_a_queue_that_is_unavailable_accepts_nothing(lost_queue: Settings) -> None:
    app: FastAPI = create_app(lost_queue)
    with TestClient(app) as client:
        for refused in (
            client.post("/v1/test-probe/echo"),
            client.post("/v1/test-probe/echo", headers={"Idempotency-Key": "first"}),
            client.get("/tasks"),
        ):
            assert refused.status_code == 503
            assert refused.headers["Retry-After"]
            assert "Location" not in refused.headers
