from fastapi.testclient import TestClient

from tests.domains.books.test_router import URL, create
from tests.support.waiting import Wait


def test_an_export_is_accepted_at_once_and_ends_later(client: TestClient, wait: Wait) -> None:
    titles = [f"book {number}" for number in range(3)]
    create(client, *titles)
    accepted = client.post(f"{URL}/export")
    assert accepted.status_code == 202
    assert wait(accepted.headers["Location"])["result"] == titles
