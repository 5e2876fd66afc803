from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

URL = "/v1/books"
NUMBERS = count(9780000000000)


def data(title: str = "Middlemarch", **other: Any) -> dict[str, Any]:
    return {"title": title, "isbn": str(next(NUMBERS)), "price": "12.50", **other}


def create(client: TestClient, *titles: str, **other: Any) -> list[dict[str, Any]]:
    return [client.post(URL, json=data(title, **other)).json() for title in titles]


def titles_of(page: dict[str, Any]) -> list[str]:
    return [row["title"] for row in page["items"]]


def test_a_book_is_created_and_found_at_its_location(client: TestClient) -> None:
    sent = data(published="1871-12-01", status="out of print")
    created = client.post(URL, json=sent)
    assert created.status_code == 201
    assert created.json().items() >= sent.items()
    assert client.get(created.headers["Location"]).json() == created.json()


def test_a_book_may_have_no_date_and_is_available(client: TestClient) -> None:
    (book,) = create(client, "Middlemarch")
    assert (book["published"], book["status"]) == (None, "available")


@pytest.mark.parametrize("price", ["0.00", "0.10", "19.99", "99999999.99"])
def test_a_price_comes_back_as_it_was(client: TestClient, price: str) -> None:
    (book,) = create(client, "Middlemarch", price=price)
    assert client.get(f"{URL}/{book['id']}").json()["price"] == price
    assert client.get(URL).json()["items"][0]["price"] == price


def test_pages_follow_each_other_without_gap_or_overlap(client: TestClient) -> None:
    create(client, "a", "b", "c")
    page = client.get(URL, params={"limit": 2}).json()
    assert titles_of(page) == ["a", "b"]
    assert titles_of(client.get(URL, params={"limit": 2, "cursor": page["next_cursor"]}).json()) == ["c"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("isbn", "123"),
        ("isbn", "978000000000x"),
        ("price", "-1"),
        ("price", "1.001"),
        ("price", "100000000.00"),
        ("published", "yesterday"),
        ("status", "AVAILABLE"),
        ("status", "lost"),
    ],
)
def test_a_wrong_value_is_refused(client: TestClient, field: str, value: str) -> None:
    (book,) = create(client, "Middlemarch")
    for refused in (
        client.post(URL, json=data(**{field: value})),
        client.patch(f"{URL}/{book['id']}", json={field: value}),
    ):
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == f"#/{field}"


def test_a_taken_isbn_is_refused(client: TestClient) -> None:
    first, second = create(client, "Middlemarch", "Emma")
    refused = client.patch(f"{URL}/{second['id']}", json={"isbn": first["isbn"]})
    assert refused.status_code == 409


def test_a_book_is_changed(client: TestClient) -> None:
    (book,) = create(client, "Middlemarch", published="1871-12-01")
    changed = client.patch(f"{URL}/{book['id']}", json={"published": None, "status": "out of print"}).json()
    assert (changed["published"], changed["status"]) == (None, "out of print")
    assert (changed["title"], changed["price"]) == ("Middlemarch", "12.50")


def test_a_deleted_book_is_gone(client: TestClient) -> None:
    (book,) = create(client, "Middlemarch")
    assert client.delete(f"{URL}/{book['id']}").status_code == 204
    assert client.get(f"{URL}/{book['id']}").status_code == 404


def test_an_unknown_book_is_not_found(client: TestClient) -> None:
    assert client.get(f"{URL}/{uuid4()}").status_code == 404
