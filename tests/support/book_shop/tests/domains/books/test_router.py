import pytest
from fastapi.testclient import TestClient

from tests.support.domain import DomainTests, pointers
from tests.support.fields import Row
from .factory import FIELDS, make_book


class TestBooks(DomainTests):
    url = "/v1/books"
    make = staticmethod(make_book)
    fields = FIELDS

    def test_what_is_missing_is_refused_or_null(self, client: TestClient, rows: list[Row]) -> None:
        refused = client.post(self.url, json={})
        assert (refused.status_code, pointers(refused)) == (422, {"title", "isbn", "price"})
        created = client.post(self.url, json=FIELDS.next_values(client, ["title", "isbn", "price"]))
        assert (created.json()["published"], created.json()["status"]) == (None, "available")


@pytest.mark.parametrize("price", ["0.00", "0.10", "19.99", "99999999.99"])
def test_a_price_comes_back_as_it_was(client: TestClient, price: str) -> None:
    book = make_book(client, price=price)
    assert book["price"] == price
    assert client.get(book.url).json()["price"] == price
    assert client.get(TestBooks.url).json()["items"][0]["price"] == price


def test_a_number_is_a_price_too(client: TestClient) -> None:
    assert make_book(client, price=12.5)["price"] == "12.50"
