from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

URL = "/v1/widgets"


def create(client: TestClient, *names: str) -> list[dict[str, Any]]:
    return [client.post(URL, json={"name": name}).json() for name in names]


def names_of(page: dict[str, Any]) -> list[str]:
    return [row["name"] for row in page["items"]]


def test_a_row_is_created_and_found_at_its_location(client: TestClient) -> None:
    created = client.post(URL, json={"name": "first"})
    assert created.status_code == 201
    assert created.headers["Location"] == f"{URL}/{created.json()['id']}"
    assert client.get(created.headers["Location"]).json() == created.json()
    assert created.json()["name"] == "first"


def test_rows_are_listed_in_the_order_of_their_creation(client: TestClient) -> None:
    create(client, "b", "a", "c")
    page = client.get(URL).json()
    assert names_of(page) == ["b", "a", "c"]
    assert page["next_cursor"] is None


def test_pages_follow_each_other_without_gap_or_overlap(client: TestClient) -> None:
    create(client, "a", "b", "c", "d", "e")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while query.get("cursor", "start"):
        page = client.get(URL, params=query).json()
        seen += names_of(page)
        query["cursor"] = page["next_cursor"]
    assert seen == ["a", "b", "c", "d", "e"]


def test_a_page_is_stable_when_earlier_rows_go(client: TestClient) -> None:
    rows = create(client, "a", "b", "c")
    cursor = client.get(URL, params={"limit": 2}).json()["next_cursor"]
    client.delete(f"{URL}/{rows[0]['id']}")
    assert names_of(client.get(URL, params={"limit": 2, "cursor": cursor}).json()) == ["c"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "no cursor"}, {"cursor": ""}])
def test_a_bad_page_is_refused(client: TestClient, query: dict[str, Any]) -> None:
    refused = client.get(URL, params=query)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"#/{next(iter(query))}"


@pytest.mark.parametrize("name", ["", "x" * 101, "two\nlines", "\x00", None, 1, False])
def test_a_bad_name_is_refused(client: TestClient, name: Any) -> None:
    row = create(client, "good")[0]
    for refused in (
        client.post(URL, json={"name": name}),
        client.patch(f"{URL}/{row['id']}", json={"name": name}),
    ):
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "#/name"


def test_an_unknown_field_is_refused(client: TestClient) -> None:
    refused = client.post(URL, json={"name": "good", "nmae": "typo"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/nmae"


def test_a_row_is_changed(client: TestClient) -> None:
    row = create(client, "old")[0]
    changed = client.patch(f"{URL}/{row['id']}", json={"name": "new"})
    assert changed.status_code == 200
    assert changed.json()["name"] == "new"
    assert changed.json()["updated_at"] > row["updated_at"]
    assert client.get(f"{URL}/{row['id']}").json() == changed.json()


def test_what_is_not_sent_is_not_changed(client: TestClient) -> None:
    row = create(client, "kept")[0]
    assert client.patch(f"{URL}/{row['id']}", json={}).json()["name"] == "kept"


def test_a_row_may_keep_its_name(client: TestClient) -> None:
    row = create(client, "kept")[0]
    assert client.patch(f"{URL}/{row['id']}", json={"name": "kept"}).status_code == 200


def test_a_taken_name_is_refused(client: TestClient) -> None:
    row = create(client, "taken", "other")[1]
    for refused in (
        client.post(URL, json={"name": "taken"}),
        client.patch(f"{URL}/{row['id']}", json={"name": "taken"}),
    ):
        assert refused.status_code == 409
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_deleted_row_is_gone(client: TestClient) -> None:
    row = create(client, "short-lived")[0]
    deleted = client.delete(f"{URL}/{row['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.get(f"{URL}/{row['id']}").status_code == 404


def test_an_unknown_row_is_not_found(client: TestClient) -> None:
    url = f"{URL}/{uuid4()}"
    for response in (client.get(url), client.patch(url, json={"name": "new"}), client.delete(url)):
        assert response.status_code == 404
        assert response.headers["Content-Type"] == "application/problem+json"
