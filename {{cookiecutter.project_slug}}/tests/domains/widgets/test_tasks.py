from fastapi.testclient import TestClient

from tests.support.waiting import Wait


def test_an_export_is_accepted_at_once_and_ends_later(client: TestClient, wait: Wait) -> None:
    names = [f"row {number}" for number in range(150)]
    for name in names:
        client.post("/v1/widgets", json={"name": name})
    accepted = client.post("/v1/widgets/export")
    assert accepted.status_code == 202
    record = wait(accepted.headers["Location"])
    assert (record["state"], record["result"]) == ("succeeded", names)
