"""With or without a database: what is accepted outlives each process, and an outage of Redis."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.cluster import Cluster, all_ended, for_processes, jobs, submit_many
from tests.support.probe.tasks import count, notes
from tests.support.processes import Server, until
from tests.support.waiting import ended, submit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return for_processes(settings)


def test_what_a_killed_process_ran_or_had_accepted_is_run_by_others(cluster: Cluster, folder: Path) -> None:
    workers = cluster.start(2)
    submit_many(cluster, "work", jobs(folder, 100, seconds=0.2))
    until(lambda: len(notes(folder, "done")) >= 10, 60)
    for victim in (workers[0], *(each for each in cluster.processes if isinstance(each, Server))):
        victim.kill()
    cluster.add(Server)
    cluster.start()
    assert [record["state"] for record in all_ended(cluster)] == ["succeeded"] * 100
    assert {*count(folder, "done")} == {str(number) for number in range(100)}


def test_a_request_that_is_repeated_to_another_process_has_one_effect(cluster: Cluster) -> None:
    cluster.start()
    key = {"Idempotency-Key": "the-first"}
    first = cluster.client.post("/v1/test-probe/echo", headers=key)
    cluster.processes[0].kill()
    cluster.add(Server)
    cluster.start()
    again = cluster.client.post("/v1/test-probe/echo", headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(all_ended(cluster)) == 1


def test_a_worker_has_the_rows_of_a_database_or_says_that_it_has_none(cluster: Cluster) -> None:
    cluster.start()
    has_rows = "database_url" in Settings.model_fields
    record = ended(cluster.client, submit(cluster.client, "read_rows"))
    assert record["state"] == ("succeeded" if has_rows else "failed")
    said = "this process has none" in cluster.processes[-1].log.read_text()
    assert said != has_rows


def test_after_an_outage_work_goes_on_and_nothing_is_lost(
    cluster: Cluster, folder: Path, queue_outage: Callable[[], None]
) -> None:
    cluster.start(2)
    submit_many(cluster, "work", jobs(folder, 100, seconds=0.1))
    until(lambda: notes(folder, "done"))
    queue_outage()
    until(lambda: cluster.client.get("/tasks").status_code == 200)
    assert {record["state"] for record in all_ended(cluster)} == {"succeeded"}
    assert {*count(folder, "done")} == {str(number) for number in range(100)}
