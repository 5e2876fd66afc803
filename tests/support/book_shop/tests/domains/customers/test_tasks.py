from fastapi.testclient import TestClient

from tests.domains.customers.test_router import URL, create
from tests.support.waiting import Wait


def test_an_export_is_accepted_at_once_and_ends_later(client: TestClient, wait: Wait) -> None:
    names = [f"row{number}" for number in range(150)]
    create(client, *names)
    accepted = client.post(f"{URL}/export")
    assert accepted.status_code == 202
    assert accepted.headers["Location"] == f"/tasks/{accepted.json()['id']}"
    record = wait(accepted.headers["Location"])
    assert record["state"] == "succeeded"
    assert record["result"] == names
