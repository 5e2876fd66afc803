from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.domains.customers.factory import make_customer
from .conftest import Order

URL, BOOKS, CUSTOMERS = "/v1/orders", "/v1/books", "/v1/customers"


def ids_of(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["items"]]


def test_an_order_is_created_and_found_at_its_location(client: TestClient, customer: str, book: str) -> None:
    lines = [{"book_id": book, "quantity": 3}]
    created = client.post(URL, json={"customer_id": customer, "lines": lines})
    assert created.status_code == 201
    assert created.headers["Location"] == f"{URL}/{created.json()['id']}"
    assert created.json()["lines"] == [{"book_id": book, "quantity": 3, "price": "12.50"}]
    assert (created.json()["status"], created.json()["total"]) == ("placed", "37.50")
    assert client.get(created.headers["Location"]).json() == created.json()


def test_an_order_keeps_the_price_that_the_book_had(
    client: TestClient, customer: str, book: str, order: Order
) -> None:
    before = order(customer)
    client.patch(f"{BOOKS}/{book}", json={"price": "99.00"})
    assert client.get(f"{URL}/{before['id']}").json()["lines"][0]["price"] == "12.50"
    assert order(customer)["lines"][0]["price"] == "99.00"


def test_an_order_of_an_unknown_customer_is_refused(client: TestClient, book: str) -> None:
    lines = [{"book_id": book, "quantity": 1}]
    refused = client.post(URL, json={"customer_id": str(uuid4()), "lines": lines})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/customer_id"


def test_an_order_of_a_book_that_is_not_available_is_refused(
    client: TestClient, customer: str, book: str
) -> None:
    client.patch(f"{BOOKS}/{book}", json={"status": "sold-out"})
    for id in (book, str(uuid4())):
        lines = [{"book_id": id, "quantity": 1}]
        refused = client.post(URL, json={"customer_id": customer, "lines": lines})
        assert refused.status_code == 422
        assert "lines[0].book_id" in refused.json()["detail"]


@pytest.mark.parametrize("quantity", [0, -1, 1001, 1.5, None])
def test_a_wrong_quantity_is_refused(client: TestClient, customer: str, book: str, quantity: Any) -> None:
    lines = [{"book_id": book, "quantity": quantity}]
    refused = client.post(URL, json={"customer_id": customer, "lines": lines})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/lines/0/quantity"


def test_orders_are_listed_newest_first(client: TestClient, customer: str, order: Order) -> None:
    made = [order(customer) for _ in range(3)]
    page = client.get(URL).json()
    assert page["items"] == made[::-1]
    assert page["next_cursor"] is None


def test_pages_follow_each_other_without_gap_or_overlap(
    client: TestClient, customer: str, order: Order
) -> None:
    made = [order(customer)["id"] for _ in range(3)]
    page = client.get(URL, params={"limit": 2}).json()
    assert ids_of(page) == [made[2], made[1]]
    rest = client.get(URL, params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert ids_of(rest) == [made[0]]


def test_orders_are_found_by_status_and_customer(client: TestClient, customer: str, order: Order) -> None:
    other = make_customer(client)
    first, second, third = order(customer), order(other["id"]), order(customer)
    client.patch(f"{URL}/{third['id']}", json={"status": "shipped"})
    assert ids_of(client.get(URL, params={"customer_id": customer}).json()) == [third["id"], first["id"]]
    assert ids_of(client.get(URL, params={"status": "confirmed"}).json()) == [second["id"], first["id"]]
    both = {"customer_id": customer, "status": "shipped"}
    assert ids_of(client.get(URL, params=both).json()) == [third["id"]]


def test_an_unknown_status_is_refused(client: TestClient) -> None:
    refused = client.get(URL, params={"status": "lost"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/status"


def test_what_an_order_refers_to_stays_until_the_order_is_deleted(
    client: TestClient, customer: str, book: str, order: Order
) -> None:
    url = f"{URL}/{order(customer)['id']}"
    others = (f"{CUSTOMERS}/{customer}", f"{BOOKS}/{book}")
    assert [client.delete(other).status_code for other in others] == [409, 409]
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert [client.delete(other).status_code for other in others] == [204, 204]
