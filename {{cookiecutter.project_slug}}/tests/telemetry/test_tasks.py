from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.support.processes import until
from tests.support.waiting import Wait, submit
from tests.telemetry.scrape import bounds, scrape, total, value

ENDED = "task_duration_seconds_count"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A busy machine may be late with a heartbeat: what runs here is not to begin again."""
    update = {"task_concurrency": 10, "task_lease": 10, "readiness_timeout": 30}
    return settings.model_copy(update=update)


def test_twenty_slow_tasks_are_seen_queued_running_and_ended(
    client: TestClient, wait: Wait, tmp_path: Path
) -> None:
    task = {"task": "probe.hold"}
    ended = value(client, ENDED, **task, outcome="succeeded")
    spent = total(client, "task_duration_seconds_sum", **task)
    assert value(client, "tasks_oldest_queued_age_seconds") == 0
    records = client.post("/v1/test-probe/many?name=hold", json=[{"folder": str(tmp_path)}] * 20).json()
    until(lambda: value(client, "tasks_running", **task) == 10)
    until(lambda: value(client, "tasks_queued", **task) == 10)
    until(lambda: value(client, "tasks_oldest_queued_age_seconds") > 1)
    (tmp_path / "go").touch()
    for record in records:
        wait(f"/tasks/{record['id']}")
    assert value(client, "tasks_running", **task) == value(client, "tasks_queued", **task) == 0
    assert value(client, "tasks_oldest_queued_age_seconds") == 0
    assert value(client, ENDED, **task, outcome="succeeded") == ended + 20
    assert total(client, "task_duration_seconds_sum", **task) > spent + 5


def test_attempts_are_counted_by_their_outcome(client: TestClient, wait: Wait, tmp_path: Path) -> None:
    outcomes = ("succeeded", "failed", "retried", "cancelled")

    def counts(task: str) -> list[float]:
        return [value(client, ENDED, task=task, outcome=outcome) for outcome in outcomes]

    tasks = ("probe.flaky", "probe.fail", "probe.tidy")
    before = {task: counts(task) for task in tasks}
    wait(submit(client, "flaky", folder=str(tmp_path), failures=2))
    wait(submit(client, "fail"))
    endless = submit(client, "tidy", folder=str(tmp_path))
    until(lambda: value(client, "tasks_running", task="probe.tidy") == 1)
    client.post(f"{endless}/cancel")
    wait(endless)
    more = {
        task: [now - then for now, then in zip(counts(task), before[task], strict=True)] for task in tasks
    }
    assert more == {"probe.flaky": [1, 0, 2, 0], "probe.fail": [0, 1, 0, 0], "probe.tidy": [0, 0, 0, 1]}


def test_every_task_has_a_value_before_it_is_submitted(client: TestClient) -> None:
    queued = {dict(labels)["task"] for _, labels in scrape(client, "tasks_queued")}
    assert {"probe.hold", "simulations.simulate"} <= queued


def test_a_task_that_waits_for_its_retry_is_not_overdue(
    client: TestClient, wait: Wait, tmp_path: Path
) -> None:
    location = submit(client, "patient", folder=str(tmp_path))
    until(lambda: (task := client.get(location).json())["attempts"] == 1 and task["state"] == "queued")
    assert value(client, "tasks_queued", task="probe.patient") == 1
    assert value(client, "tasks_oldest_queued_age_seconds") == 0
    client.post(f"{location}/cancel")
    wait(location)


def test_tasks_of_another_release_have_a_value_before_the_first_one(client: TestClient) -> None:
    names = {name for name, labels in scrape(client) if ("task", "_OTHER") in labels}
    assert {"tasks_queued", ENDED} <= names


def test_scrapes_at_the_same_time_all_see_the_queue(client: TestClient) -> None:
    with ThreadPoolExecutor(10) as threads:
        scrapes = list(threads.map(lambda _: scrape(client, "tasks_queued"), range(20)))
    assert all(scrapes)


def test_an_attempt_that_ran_into_its_timeout_is_told_apart(client: TestClient) -> None:
    """From longer ones, where the setting allows them."""
    assert Settings.model_fields["task_timeout"].default in bounds(client, "task_duration_seconds")
