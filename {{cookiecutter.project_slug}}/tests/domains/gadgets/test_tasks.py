from fastapi.testclient import TestClient

from tests.support.waiting import Wait
from .factory import make_gadget


def test_an_export_is_accepted_at_once_and_ends_later(client: TestClient, wait: Wait) -> None:
    # More than a page of them.
    ids = [make_gadget(client)["id"] for _ in range(101)]
    accepted = client.post("/v1/gadgets/export")
    assert accepted.status_code == 202
    record = wait(accepted.headers["Location"])
    assert (record["state"], record["result"]) == ("succeeded", ids)
