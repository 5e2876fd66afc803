"""What every domain does with its rows, as its clients see it."""

from typing import Any, ClassVar
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient


class DomainTests:
    """A subclass, named `Test...`, runs all of these; it replaces those that its domain does not fulfil."""

    url: ClassVar[str]
    # What creates three rows, each with other values.
    bodies: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]

    @pytest.fixture
    def rows(self, client: TestClient) -> list[dict[str, Any]]:
        return [client.post(self.url, json=body).json() for body in self.bodies]

    def refusals(self, client: TestClient, row: dict[str, Any], **values: Any) -> list[Any]:
        """The responses when a row is created, and another one changed, with these values."""
        return [
            client.post(self.url, json=self.bodies[0] | values),
            client.patch(f"{self.url}/{row['id']}", json=values),
        ]

    def test_a_row_is_created_and_found_at_its_location(self, client: TestClient) -> None:
        created = client.post(self.url, json=self.bodies[0])
        assert created.status_code == 201
        assert created.headers["Location"] == f"{self.url}/{created.json()['id']}"
        assert client.get(created.headers["Location"]).json() == created.json()
        assert self.bodies[0].items() <= created.json().items()
        assert created.json()["created_at"].endswith("Z")

    def test_pages_follow_each_other_in_the_order_of_creation(
        self, client: TestClient, rows: list[dict[str, Any]]
    ) -> None:
        assert client.get(self.url).json() == {"items": rows, "next_cursor": None}
        seen: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 1}
        while query.get("cursor", "start"):
            page = client.get(self.url, params=query).json()
            seen += page["items"]
            query["cursor"] = page["next_cursor"]
        assert seen == rows

    def test_a_page_is_stable_when_earlier_rows_go(
        self, client: TestClient, rows: list[dict[str, Any]]
    ) -> None:
        cursor = client.get(self.url, params={"limit": 2}).json()["next_cursor"]
        client.delete(f"{self.url}/{rows[0]['id']}")
        assert client.get(self.url, params={"limit": 2, "cursor": cursor}).json()["items"] == rows[2:]

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "no cursor"}, {"cursor": ""}])
    def test_a_bad_page_is_refused(self, client: TestClient, query: dict[str, Any]) -> None:
        refused = client.get(self.url, params=query)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == f"#/{next(iter(query))}"

    def test_an_unknown_field_is_refused(self, client: TestClient, rows: list[dict[str, Any]]) -> None:
        for refused in self.refusals(client, rows[0], nmae="typo"):
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["pointer"] == "#/nmae"

    def test_a_row_is_changed(self, client: TestClient) -> None:
        row = client.post(self.url, json=self.bodies[0]).json()
        changed = client.patch(f"{self.url}/{row['id']}", json=self.bodies[1])
        assert changed.status_code == 200
        assert self.bodies[1].items() <= changed.json().items()
        assert changed.json()["updated_at"] > row["updated_at"]
        assert client.get(f"{self.url}/{row['id']}").json() == changed.json()

    def test_what_is_not_sent_is_not_changed(self, client: TestClient, rows: list[dict[str, Any]]) -> None:
        assert client.patch(f"{self.url}/{rows[0]['id']}", json={}).json() == rows[0]

    def test_a_row_may_keep_its_values(self, client: TestClient, rows: list[dict[str, Any]]) -> None:
        assert client.patch(f"{self.url}/{rows[0]['id']}", json=self.bodies[0]).status_code == 200

    def test_a_deleted_row_is_gone(self, client: TestClient, rows: list[dict[str, Any]]) -> None:
        deleted = client.delete(f"{self.url}/{rows[0]['id']}")
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert client.get(f"{self.url}/{rows[0]['id']}").status_code == 404

    def test_an_unknown_row_is_not_found(self, client: TestClient) -> None:
        url = f"{self.url}/{uuid4()}"
        for response in (client.get(url), client.patch(url, json=self.bodies[0]), client.delete(url)):
            assert response.status_code == 404
            assert response.headers["Content-Type"] == "application/problem+json"
