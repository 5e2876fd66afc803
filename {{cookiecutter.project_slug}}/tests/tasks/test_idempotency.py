from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.tasks import TaskRecord, TasksDep
from tests.support.probe import tasks as probe
from tests.support.waiting import Wait

KEY = {"Idempotency-Key": "the-first"}


def add(client: TestClient, left: int = 1, **headers: str) -> Any:
    return client.post("/v1/test-probe/add", json={"left": left}, headers=KEY | headers)


def submitted(client: TestClient) -> int:
    return len(client.get("/tasks").json()["items"])


def test_a_repeated_request_is_done_once(client: TestClient, wait: Wait) -> None:
    first, again = add(client), add(client)
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["Location"] == again.headers["Location"]
    assert first.headers["Retry-After"] == again.headers["Retry-After"]
    assert submitted(client) == 1
    record = wait(first.headers["Location"])
    # Later the response has the outcome of the task.
    assert add(client).json() == record


def test_requests_that_come_at_the_same_time_are_one(client: TestClient, runner: None) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: add(client), range(16)))
    # Or a conflict, for as long as the first one is in progress.
    assert {response.status_code for response in responses} <= {202, 409}
    assert len({response.json()["id"] for response in responses if response.status_code == 202}) == 1
    assert submitted(client) == 1


def test_of_different_requests_that_come_at_the_same_time_one_has_the_key(
    client: TestClient, runner: None
) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda number: add(client, number), range(8)))
    assert [response.status_code for response in responses].count(202) == 1
    assert {response.status_code for response in responses} <= {202, 409, 422}
    assert submitted(client) == 1


def test_a_key_is_for_one_body_and_one_path(client: TestClient) -> None:
    assert add(client).status_code == 202
    for refused in (
        add(client, 2),
        client.post("/v1/test-probe/echo", json={"left": 1}, headers=KEY),
        client.post("/v1/test-probe/add?more=1", json={"left": 1}, headers=KEY),
    ):
        assert refused.status_code == 422
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert "Location" not in refused.headers
    assert submitted(client) == 1


def test_a_key_is_for_one_method(app: FastAPI, client: TestClient) -> None:
    @app.api_route("/probe", methods=["POST", "PUT"], status_code=202)
    async def either(tasks: TasksDep) -> TaskRecord:
        return tasks.submit(probe.echo)

    assert [client.request(method, "/probe", headers=KEY).status_code for method in ("POST", "PUT")] == [
        202,
        422,
    ]


def test_other_keys_and_none_are_other_requests(client: TestClient) -> None:
    for _ in range(2):
        client.post("/v1/test-probe/add", json={"left": 1})
    add(client)
    add(client, **{"Idempotency-Key": "the-second"})
    assert submitted(client) == 4


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "é"])
def test_a_bad_key_is_refused(client: TestClient, key: str) -> None:
    refused = client.post("/v1/test-probe/echo", headers={b"Idempotency-Key": key.encode()})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["source"] == "header"
    assert submitted(client) == 0


def test_a_key_of_a_request_that_was_refused_is_free(client: TestClient) -> None:
    assert client.post("/v1/test-probe/add", json={"left": "one"}, headers=KEY).status_code == 422
    assert add(client).status_code == 202


def test_a_form_with_a_key_is_refused_because_its_bytes_are_not_kept(client: TestClient) -> None:
    assert client.post("/v1/test-probe/form", data={"value": "1"}).status_code == 202
    refused = client.post("/v1/test-probe/form", data={"value": "1"}, headers=KEY)
    assert refused.status_code == 422
    assert submitted(client) == 1


def test_a_request_with_many_tasks_is_done_once(client: TestClient) -> None:
    responses = [
        client.post("/v1/test-probe/many?name=add", json=[{"left": 1}, {"left": 2}], headers=KEY)
        for _ in range(2)
    ]
    assert [response.status_code for response in responses] == [202, 202]
    assert responses[0].headers["Location"] == responses[1].headers["Location"]
    assert submitted(client) == 2
