import time

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Wait


def test_a_slow_job_is_accepted_at_once_and_ends_later(client: TestClient, wait: Wait) -> None:
    begun = time.monotonic()
    accepted = client.post("/simulations", json={"wait_time": 1})
    assert time.monotonic() - begun < 0.9
    assert accepted.status_code == 202
    record = wait(accepted.headers["Location"])
    assert time.monotonic() - begun >= 1
    assert (record["state"], record["result"]) == ("succeeded", {"waited": 1})


def test_a_caller_may_wait_for_it(client: TestClient) -> None:
    begun = time.monotonic()
    answer = client.post("/simulations/sync", json={"wait_time": 1})
    assert time.monotonic() - begun >= 1
    assert (answer.status_code, answer.json()) == (200, {"waited": 1})


@pytest.mark.parametrize("wait_time", [0.9, 10.1, "1", None])
@pytest.mark.parametrize("path", ["/simulations", "/simulations/sync"])
def test_a_bad_time_is_refused(client: TestClient, path: str, wait_time: object) -> None:
    refused = client.post(path, json={"wait_time": wait_time})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/wait_time"
