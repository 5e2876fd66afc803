from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.support.probe.tasks import notes
from tests.support.processes import until
from tests.support.waiting import Wait, records_of
from .conftest import Submit


def cancel(client: TestClient, location: str) -> httpx2.Response:
    return client.post(f"{location}/cancel")


def test_a_task_cannot_be_deleted(client: TestClient) -> None:
    refused = client.delete(f"/tasks/{uuid4()}")
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]
    assert "DELETE" not in refused.headers["Allow"]


def test_an_unknown_task_is_not_found(client: TestClient) -> None:
    unknown = f"/tasks/{uuid4()}"
    for response in (client.get(unknown), cancel(client, unknown), client.get("/tasks/first")):
        assert response.status_code == 404
        assert response.headers["Content-Type"] == "application/problem+json"


def test_a_record_shows_the_progress_of_a_task(
    client: TestClient, submit: Submit, held: list[str], folder: Path, wait: Wait
) -> None:
    location = submit("echo", value=[1])
    waiting, running = client.get(location), client.get(held[0])
    assert (waiting.json()["state"], waiting.json()["attempts"]) == ("queued", 0)
    assert (waiting.json()["started_at"], waiting.json()["ended_at"]) == (None, None)
    assert (running.json()["state"], running.json()["attempts"]) == ("running", 1)
    assert waiting.headers["Retry-After"] == running.headers["Retry-After"] == "1"
    (folder / "go").touch()
    record = wait(location)
    assert (record["name"], record["state"], record["attempts"]) == ("probe.echo", "succeeded", 1)
    assert (record["result"], record["problem"]) == ([1], None)
    times = [record["submitted_at"], record["started_at"], record["ended_at"]]
    assert times == sorted(times)
    assert set(record) == {
        *("id", "name", "state", "attempts", "result", "problem"),
        *("submitted_at", "started_at", "ended_at"),
    }
    assert "Retry-After" not in client.get(location).headers


def names_of(page: dict[str, Any]) -> list[str]:
    return [f"/tasks/{record['id']}" for record in page["items"]]


def test_tasks_are_listed_in_the_order_of_their_submission(client: TestClient, submit: Submit) -> None:
    submitted = [submit("echo") for _ in range(5)]
    assert [f"/tasks/{record['id']}" for record in records_of(client, limit=2)] == submitted


def test_a_list_shows_all_but_the_results(client: TestClient, submit: Submit, wait: Wait) -> None:
    record = wait(submit("echo", value="large"))
    (listed,) = client.get("/tasks").json()["items"]
    assert record.pop("result") == "large"
    assert listed == record


def test_a_list_may_be_of_one_state(client: TestClient, submit: Submit, held: list[str], wait: Wait) -> None:
    waiting = [submit("echo"), submit("echo")]
    cancelled = [submit("echo")]
    cancel(client, cancelled[0])
    for state, locations in (
        ("running", held),
        ("queued", waiting),
        ("cancelled", cancelled),
        ("failed", []),
    ):
        assert names_of(client.get("/tasks", params={"state": state}).json()) == locations
    first = client.get("/tasks", params={"state": "queued", "limit": 1}).json()
    assert names_of(first) == waiting[:1]
    rest = client.get("/tasks", params={"state": "queued", "cursor": first["next_cursor"]}).json()
    assert names_of(rest) == waiting[1:]


@pytest.mark.parametrize("query", [{"state": "lost"}, {"limit": 0}, {"cursor": "no cursor"}])
def test_a_bad_list_is_refused(client: TestClient, query: dict[str, Any]) -> None:
    refused = client.get("/tasks", params=query)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"#/{next(iter(query))}"


def test_a_task_that_waits_is_cancelled_and_never_run(
    client: TestClient, submit: Submit, held: list[str], folder: Path, wait: Wait
) -> None:
    location = submit("work", folder=str(folder), number=1)
    for cancelled in (cancel(client, location), cancel(client, location)):
        assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
        assert "Retry-After" not in cancelled.headers
    (folder / "go").touch()
    wait(submit("echo"))
    record = client.get(location).json()
    assert (record["state"], record["attempts"], record["started_at"]) == ("cancelled", 0, None)
    assert notes(folder, "done") == []


def test_cancelling_a_running_task_requests_its_stop(
    client: TestClient, submit: Submit, folder: Path, wait: Wait
) -> None:
    location = submit("tidy", folder=str(folder))
    until(lambda: notes(folder, "started"))
    accepted = cancel(client, location)
    assert (accepted.status_code, accepted.json()["state"]) == (202, "running")
    assert accepted.headers["Retry-After"] == "1"
    # Not disturbed by a client that cancels it again.
    cancel(client, location)
    record = wait(location)
    assert (record["state"], record["result"], record["problem"]) == ("cancelled", None, None)
    assert len(notes(folder, "tidied")) == 1


def test_a_task_that_has_ended_cannot_be_cancelled(client: TestClient, submit: Submit, wait: Wait) -> None:
    for location in (submit("echo"), submit("fail")):
        record = wait(location)
        refused = cancel(client, location)
        assert refused.status_code == 409
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert client.get(location).json() == record


def test_a_task_that_waits_for_its_next_attempt_can_be_cancelled(
    client: TestClient, submit: Submit, folder: Path
) -> None:
    location = submit("patient", folder=str(folder))
    until(lambda: client.get(location).json()["state"] == "queued" and notes(folder, "started"))
    assert cancel(client, location).status_code == 202
    # Not always at once: its attempt may be about to leave the queue to the next one.
    until(lambda: client.get(location).json()["state"] == "cancelled")


def test_a_task_that_is_cancelled_while_it_runs_is_not_retried(
    client: TestClient, submit: Submit, folder: Path, wait: Wait
) -> None:
    location = submit("stubborn", folder=str(folder))
    until(lambda: notes(folder, "started"))
    cancel(client, location)
    assert wait(location)["state"] == "cancelled"
    assert len(notes(folder, "started")) == 1
