import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.support.probe.tasks import notes
from tests.support.waiting import Wait
from .conftest import Submit


def test_a_task_is_accepted_at_once_and_found_where_the_response_says(
    client: TestClient, submit: Submit, held: list[str]
) -> None:
    accepted = client.post("/v1/test-probe/echo", json={"value": 1})
    assert accepted.status_code == 202
    assert accepted.headers["Location"] == f"/tasks/{accepted.json()['id']}"
    assert accepted.headers["Retry-After"] == "1"
    assert client.get(accepted.headers["Location"]).json() == accepted.json()


def test_a_failed_request_submits_nothing(client: TestClient, runner: None) -> None:
    refused = client.post("/v1/test-probe/refused")
    assert refused.status_code == 409
    assert "Location" not in refused.headers
    assert client.get("/tasks").json()["items"] == []


def test_wrong_arguments_are_refused_before_the_202(client: TestClient, runner: None) -> None:
    for arguments, pointers in (
        ({"left": "s3cret"}, {"#/left"}),
        ({}, {"#/left"}),
        ({"left": 1, "right": None, "more": 1}, {"#/right", "#/more"}),
    ):
        refused = client.post("/v1/test-probe/add", json=arguments)
        assert refused.status_code == 422
        assert {(each["source"], each["pointer"]) for each in refused.json()["errors"]} == {
            ("arguments", pointer) for pointer in pointers
        }
        assert "s3cret" not in refused.text
    assert client.get("/tasks").json()["items"] == []


def test_a_number_that_json_does_not_know_is_refused(client: TestClient, runner: None) -> None:
    for number in ("NaN", "Infinity", "1e999"):
        body = json.dumps({"factor": 0}).replace("0", number)
        refused = client.post(
            "/v1/test-probe/scale", content=body, headers={"Content-Type": "application/json"}
        )
        assert refused.status_code == 422, number


def test_one_wrong_task_of_a_request_refuses_all_of_them(client: TestClient, runner: None) -> None:
    assert client.post("/v1/test-probe/many?name=add", json=[{"left": 1}, {"left": "one"}]).status_code == 422
    assert client.get("/tasks").json()["items"] == []


def test_a_request_may_submit_many_tasks(client: TestClient, wait: Wait) -> None:
    accepted = client.post("/v1/test-probe/many?name=add", json=[{"left": number} for number in range(5)])
    assert accepted.status_code == 202
    records = accepted.json()
    assert accepted.headers["Location"] == f"/tasks/{records[-1]['id']}"
    assert [wait(f"/tasks/{record['id']}")["result"] for record in records] == [1, 2, 3, 4, 5]


def test_a_full_queue_is_an_error_and_never_a_202(
    client: TestClient, submit: Submit, held: list[str], folder: Path, wait: Wait
) -> None:
    waiting = [submit("work", folder=str(folder), number=number) for number in range(5)]
    for refused in (
        client.post("/v1/test-probe/work", json={"folder": str(folder), "number": 6}),
        client.post("/v1/test-probe/many?name=work", json=[{"folder": str(folder), "number": 7}] * 2),
    ):
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "1"
        assert "Location" not in refused.headers
    (folder / "go").touch()
    assert {wait(location)["state"] for location in waiting} == {"succeeded"}
    assert wait(submit("echo"))["state"] == "succeeded"
    assert sorted(line[0] for line in notes(folder, "done")) == ["0", "1", "2", "3", "4"]


def test_a_request_gets_all_its_tasks_into_the_queue_or_none(
    client: TestClient, submit: Submit, held: list[str]
) -> None:
    submit("echo")
    assert client.post("/v1/test-probe/many?name=echo", json=[{}] * 5).status_code == 503
    assert len(client.get("/tasks?state=queued").json()["items"]) == 1
    assert client.post("/v1/test-probe/many?name=echo", json=[{}] * 4).status_code == 202


@pytest.mark.parametrize("path", ["session-first", "session-last"])
def test_a_handler_may_take_its_dependencies_in_any_order(client: TestClient, wait: Wait, path: str) -> None:
    accepted = client.post(f"/v1/test-probe/{path}")
    assert accepted.status_code == 202
    assert wait(accepted.headers["Location"])["state"] == "succeeded"


def test_the_address_of_a_task_knows_the_prefix_that_a_proxy_cuts_off(
    app: FastAPI, settings: Settings
) -> None:
    with TestClient(app, root_path="/api") as client:
        accepted = client.post("/v1/test-probe/echo")
    assert accepted.headers["Location"] == f"/api/tasks/{accepted.json()['id']}"
