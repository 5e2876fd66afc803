import time

import pytest
from fastapi.testclient import TestClient

from tests.support.waiting import Wait


def test_a_slow_job_is_accepted_at_once_and_ends_later(client: TestClient, wait: Wait) -> None:
    started = time.monotonic()
    accepted = client.post("/simulations", json={"wait_time": 1})
    assert time.monotonic() - started < 0.9
    assert accepted.status_code == 202
    record = wait(accepted.headers["Location"])
    assert time.monotonic() - started >= 1
    assert (record["state"], record["result"]) == ("succeeded", {"waited": 1})


def test_a_client_may_wait_for_the_response(client: TestClient) -> None:
    started = time.monotonic()
    response = client.post("/simulations/sync", json={"wait_time": 1})
    assert time.monotonic() - started >= 1
    assert (response.status_code, response.json()) == (200, {"waited": 1})


@pytest.mark.parametrize("wait_time", [0.9, 10.1, "1", None])
@pytest.mark.parametrize("path", ["/simulations", "/simulations/sync"])
def test_a_bad_time_is_refused(client: TestClient, path: str, wait_time: object) -> None:
    refused = client.post(path, json={"wait_time": wait_time})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/wait_time"
