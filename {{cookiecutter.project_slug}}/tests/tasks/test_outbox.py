from pathlib import Path

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


def test_an_argument_may_have_any_name(submit: Submit, wait: Wait) -> None:
    assert wait(submit("name", function="f"))["result"] == "f"


def test_a_failed_request_submits_nothing(client: TestClient, runner: None) -> None:
    refused = client.post("/v1/test-probe/refused")
    assert refused.status_code == 409
    assert "Location" not in refused.headers
    assert client.get("/tasks").json()["items"] == []


def test_one_task_with_wrong_arguments_refuses_the_request(client: TestClient, runner: None) -> None:
    body = [{"left": 1}, {"left": "s3cret", "more": 1}]
    refused = client.post("/v1/test-probe/many?name=add", json=body)
    assert refused.status_code == 422
    errors = {(each["source"], each["pointer"]) for each in refused.json()["errors"]}
    assert errors == {("arguments", "#/left"), ("arguments", "#/more")}
    assert "s3cret" not in refused.text
    assert client.get("/tasks").json()["items"] == []


def test_a_request_may_submit_many_tasks(client: TestClient, wait: Wait) -> None:
    accepted = client.post("/v1/test-probe/many?name=add", json=[{"left": number} for number in range(5)])
    assert accepted.status_code == 202
    records = accepted.json()
    assert accepted.headers["Location"] == f"/tasks/{records[-1]['id']}"
    assert [wait(f"/tasks/{record['id']}")["result"] for record in records] == [1, 2, 3, 4, 5]


def test_a_request_gets_all_its_tasks_into_the_queue_or_a_503(
    client: TestClient, submit: Submit, held: list[str], folder: Path, wait: Wait
) -> None:
    waiting = [submit("work", folder=str(folder), number=number) for number in range(4)]
    refused = client.post("/v1/test-probe/many?name=work", json=[{"folder": str(folder), "number": 9}] * 2)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert "Location" not in refused.headers
    waiting.append(submit("work", folder=str(folder), number=4))
    assert client.post("/v1/test-probe/echo").status_code == 503
    (folder / "go").touch()
    assert {wait(location)["state"] for location in waiting} == {"succeeded"}
    assert wait(submit("echo"))["state"] == "succeeded"
    assert sorted(line[0] for line in notes(folder, "done")) == ["0", "1", "2", "3", "4"]


def test_more_tasks_than_ever_fit_are_no_matter_of_trying_again(client: TestClient) -> None:
    failed = client.post("/v1/test-probe/many?name=add", json=[{"left": 1}] * 6)
    assert failed.status_code == 500
    assert client.get("/tasks").json()["items"] == []


def test_the_address_of_a_task_knows_the_prefix_that_a_proxy_cuts_off(
    app: FastAPI, settings: Settings
) -> None:
    with TestClient(app, root_path="/api") as client:
        accepted = client.post("/v1/test-probe/echo")
    assert accepted.headers["Location"] == f"/api/tasks/{accepted.json()['id']}"
