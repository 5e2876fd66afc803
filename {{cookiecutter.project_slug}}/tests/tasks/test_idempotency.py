"""Tasks of a request that is repeated with its key: submitted once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from app.routing import PrefixRouter
from app.tasks import TasksDep
from tests.support.probe import tasks as probe
from tests.support.waiting import Wait

KEY = {"Idempotency-Key": "the-first"}


def add(client: TestClient) -> Any:
    return client.post("/v1/test-probe/add", json={"left": 1}, headers=KEY)


def submitted(client: TestClient) -> int:
    return len(client.get("/tasks").json()["items"])


def test_a_repeated_request_submits_once(client: TestClient, wait: Wait) -> None:
    first = add(client)
    wait(first.headers["Location"])
    again = add(client)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert first.headers["Retry-After"] == again.headers["Retry-After"]
    assert submitted(client) == 1


def test_requests_that_come_at_the_same_time_submit_once(client: TestClient, runner: None) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: add(client), range(16)))
    # Or a conflict, for as long as the first one is in progress.
    assert {response.status_code for response in responses} <= {202, 409}
    assert submitted(client) == 1


def test_a_request_with_many_tasks_submits_them_once(client: TestClient) -> None:
    responses = [
        client.post("/v1/test-probe/many?name=add", json=[{"left": 1}, {"left": 2}], headers=KEY)
        for _ in range(2)
    ]
    assert responses[0].json() == responses[1].json()
    assert responses[0].headers["Location"] == responses[1].headers["Location"]
    assert submitted(client) == 2


def test_a_201_that_submits_a_task_stays_as_it_is_also_when_it_is_repeated(
    app: FastAPI, client: TestClient
) -> None:
    router = PrefixRouter(prefix="/orders-with-a-task", include_in_schema=False)

    @router.post("", status_code=201)
    async def create(tasks: TasksDep, response: Response) -> dict[str, str]:
        response.headers["Location"] = "/orders-with-a-task/1"
        return {"task": str(tasks.submit(probe.echo).id)}

    app.include_router(router)
    first, again = (client.post("/orders-with-a-task", headers=KEY) for _ in range(2))
    for response in (first, again):
        assert response.status_code == 201
        assert response.headers["Location"] == "/orders-with-a-task/1"
        assert "Retry-After" not in response.headers
    assert first.json() == again.json()
    assert submitted(client) == 1
