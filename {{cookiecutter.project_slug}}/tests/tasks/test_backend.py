from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient

from app.logs import configure_logs
from app.settings import Settings
from tests.support.probe.tasks import ODD, notes
from tests.support.processes import until
from tests.support.waiting import Wait
from .conftest import Submit


@pytest.mark.parametrize("value", [None, False, 0, "한국어", 1.5, 1.0, -0.0, 10**30, [], {"a": [None]}])
def test_a_result_is_what_json_says(submit: Submit, wait: Wait, value: Any) -> None:
    record = wait(submit("echo", value=value))
    assert (record["state"], repr(record["result"])) == ("succeeded", repr(value))


def test_a_service_error_in_a_task_says_why(submit: Submit, wait: Wait) -> None:
    record = wait(submit("refuse"))
    assert (record["state"], record["result"], record["attempts"]) == ("failed", None, 1)
    problem = record["problem"]
    assert (problem["status"], problem["title"], problem["detail"]) == (409, "Conflict", "Taken.")
    assert problem["holder"] == "00000000-0000-0000-0000-000000000007"


def test_what_no_record_can_show_is_left_out(submit: Submit, wait: Wait) -> None:
    record = wait(submit("end_oddly", how="refused with errors of its own"))
    assert (record["problem"]["status"], record["problem"]["detail"]) == (409, "Taken.")
    assert record["problem"]["errors"] is None


def test_any_other_failure_says_only_its_type_and_where_to_look(client: TestClient, wait: Wait) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        accepted = client.post("/v1/test-probe/fail", headers={"X-Request-ID": "abc"})
        record = wait(accepted.headers["Location"])
    assert record["state"] == "failed"
    assert (record["problem"]["status"], record["problem"]["request_id"]) == (500, "abc")
    assert "RuntimeError" in record["problem"]["detail"]
    assert "s3cret" not in str(record)
    # A busy machine may have troubles of its own at the same time, which belong to no request.
    failed = [line["request_id"] for line in lines if line.get("exc_info") and "request_id" in line]
    assert failed == ["abc"]


@pytest.mark.parametrize("how", ODD)
def test_a_task_that_ends_in_an_odd_way_has_failed_and_ends_nothing_else(
    client: TestClient, submit: Submit, wait: Wait, how: str
) -> None:
    for location in [submit(name, how=how) for name in ("end_oddly", "end_oddly_on_a_thread") * 2]:
        record = wait(location)
        assert (record["state"], record["attempts"]) == ("failed", 1)
    assert wait(submit("echo", value=1))["result"] == 1
    assert client.get("/health/ready").json()["checks"]["tasks"] == "ok"


def test_a_task_that_cancels_itself_has_failed(submit: Submit, wait: Wait) -> None:
    record = wait(submit("cancel_itself"))
    assert (record["state"], record["attempts"]) == ("failed", 1)
    assert "CancelledError" in record["problem"]["detail"]


def test_only_the_last_failure_of_a_task_is_an_error(submit: Submit, wait: Wait, folder: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        wait(submit("flaky", folder=str(folder), failures=9))
    errors = [line for line in lines if line["event"] in ("attempt_retried", "attempt_failed")]
    assert [(line["attempt"], line["log_level"], line["error"]) for line in errors] == [
        *((1, "warning", "ConnectionError"), (2, "warning", "ConnectionError")),
        (3, "error", "ConnectionError"),
    ]
    assert ["exc_info" in line for line in errors] == ["due_at" not in line for line in errors]
    assert [bool(line.get("due_at")) for line in errors] == [True, True, False]


def test_only_the_last_failure_of_a_task_has_a_traceback(
    settings: Settings, submit: Submit, wait: Wait, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever the library that runs it would say of the others."""
    configure_logs(settings)
    wait(submit("flaky", folder=str(folder), failures=9))
    assert capfd.readouterr().out.count("Traceback") == 1


def test_a_task_is_retried_after_an_error_of_its_retry_policy(
    submit: Submit, wait: Wait, folder: Path
) -> None:
    record = wait(submit("flaky", folder=str(folder), failures=2))
    assert (record["state"], record["attempts"], record["result"]) == ("succeeded", 3, 3)
    first, second, third = map(float, notes(folder, "started"))
    assert second - first >= 0.05
    assert third - second >= 0.1


def test_a_task_is_retried_only_up_to_max_attempts(submit: Submit, wait: Wait, folder: Path) -> None:
    record = wait(submit("flaky", folder=str(folder), failures=9))
    assert (record["state"], record["attempts"]) == ("failed", 3)
    assert "ConnectionError" in record["problem"]["detail"]
    assert len(notes(folder, "started")) == 3


def test_after_any_other_error_a_task_is_not_retried(submit: Submit, wait: Wait, folder: Path) -> None:
    record = wait(submit("flaky", folder=str(folder), failures=1, declared=False))
    assert (record["state"], record["attempts"]) == ("failed", 1)


def test_only_so_many_tasks_run_at_the_same_time(
    client: TestClient, submit: Submit, held: list[str], folder: Path, wait: Wait
) -> None:
    third = submit("hold", folder=str(folder))
    until(lambda: client.get("/tasks?state=running").json()["items"])
    assert client.get(third).json()["state"] == "queued"
    (folder / "go").touch()
    assert {wait(location)["state"] for location in (*held, third)} == {"succeeded"}
    assert len(notes(folder, "started")) == 3


def test_what_a_task_logs_names_the_task_and_its_request(client: TestClient, wait: Wait) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        accepted = client.post("/v1/test-probe/log", headers={"X-Request-ID": "abc"})
        wait(accepted.headers["Location"])
    logged = [line for line in lines if line["event"] == "the task speaks"]
    assert [(line["request_id"], line["task_id"]) for line in logged] == [("abc", accepted.json()["id"])]


class TestShortMemory:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"task_ttl": 0.1, "task_lease": 0.4})

    def test_a_record_goes_some_time_after_its_end(
        self, client: TestClient, submit: Submit, held: list[str]
    ) -> None:
        location = submit("echo")
        client.post(f"{location}/cancel")
        until(lambda: client.get(location).status_code == 404)
        assert {client.get(each).json()["state"] for each in held} == {"running"}

    def test_records_that_are_gone_take_no_place_in_a_list(
        self, client: TestClient, submit: Submit, folder: Path
    ) -> None:
        first = submit("hold", folder=str(folder))
        until(lambda: notes(folder, "started"))
        for location in [submit("echo") for _ in range(5)]:
            until(lambda location=location: client.get(location).status_code == 404)
        last = submit("hold", folder=str(folder))
        listed = client.get("/tasks?limit=2").json()["items"]
        assert [f"/tasks/{record['id']}" for record in listed] == [first, last]


def test_no_argument_of_a_task_is_logged_at_any_level(
    settings: Settings, client: TestClient, submit: Submit, wait: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings.model_copy(update={"log_level": "DEBUG"}))
    assert wait(submit("echo", value="s3cret"))["result"] == "s3cret"
    assert "s3cret" not in capfd.readouterr().out
