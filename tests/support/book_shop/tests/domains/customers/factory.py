"""How tests and seed data make customers."""

from typing import Any

from fastapi.testclient import TestClient

from tests.support.fields import Fields, Row, Text


class Email(Text):
    def value(self, client: TestClient, number: int) -> str:
        return f"{number}@example.com"

    def wrong(self) -> tuple[Any, ...]:
        return (*super().wrong(), "ada", "ada@", "@example.com", "a b@example.com", "x" * 251 + "@a.b")


def make_customer(client: TestClient, /, **changes: Any) -> Row:
    """With these values, and with all that it has to refer to."""
    return FIELDS.create(client, "/v1/customers", changes)


FIELDS = Fields(
    email=Email(unique=True),
    name=Text(),
)
