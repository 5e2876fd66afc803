import pytest
from fastapi.testclient import TestClient

from tests.support.domain import DomainTests
from .factory import FIELDS, make_book


class TestBooks(DomainTests):
    url = "/v1/books"
    make = staticmethod(make_book)
    fields = FIELDS


@pytest.mark.parametrize("price", ["0.00", "0.10", "19.99", "99999999.99"])
def test_a_price_comes_back_as_it_was(client: TestClient, price: str) -> None:
    book = make_book(client, price=price)
    assert book["price"] == price
    assert client.get(book.url).json()["price"] == price
    assert client.get(TestBooks.url).json()["items"][0]["price"] == price


def test_a_number_is_a_price_too(client: TestClient) -> None:
    assert make_book(client, price=12.5)["price"] == "12.50"
