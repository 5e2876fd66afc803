"""How tests and seed data make books."""

from typing import Any

from fastapi.testclient import TestClient

from app.domains.books.models import BookStatus
from tests.support.fields import Amount, Choice, Date, Fields, Row, Text


class Isbn(Text):
    def value(self, client: TestClient, number: int) -> str:
        return f"978{number:010}"

    def wrong(self) -> tuple[Any, ...]:
        return (*super().wrong(), "123", "978000000000x")


class Price(Amount):
    def value(self, client: TestClient, number: int) -> str:
        return f"{number}.50"

    def wrong(self) -> tuple[Any, ...]:
        return (*super().wrong(), "-1", "1.001", "100000000.00")


def make_book(client: TestClient, /, **changes: Any) -> Row:
    """With these values, and with all that it has to refer to."""
    return FIELDS.create(client, "/v1/books", changes)


FIELDS = Fields(
    title=Text(),
    isbn=Isbn(unique=True),
    price=Price(),
    published=Date(optional=True),
    status=Choice(BookStatus, default="available"),
)
