"""How tests and seed data make orders."""

from typing import Any

from fastapi.testclient import TestClient

from tests.domains.books.factory import make_book
from tests.domains.customers.factory import make_customer
from tests.support.fields import Field, Fields, Reference, Row


class Lines(Field):
    def value(self, client: TestClient, number: int) -> list[dict[str, Any]]:
        book = make_book(client, status="available")
        return [{"book_id": book["id"], "quantity": 1 + number % 1000}]


def make_order(client: TestClient, /, **changes: Any) -> Row:
    """With these values, and with all that it has to refer to."""
    return FIELDS.create(client, "/v1/orders", changes)


FIELDS = Fields(
    customer_id=Reference(make_customer),
    lines=Lines(),
)
