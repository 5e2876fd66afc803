"""How tests and seed data make gadgets."""

from typing import Any

from fastapi.testclient import TestClient

from tests.support.fields import Fields, Row, Text


def make_gadget(client: TestClient, /, **changes: Any) -> Row:
    """With these values, and with all that it has to refer to."""
    return FIELDS.create(client, "/v1/gadgets", changes)


FIELDS = Fields(
    name=Text(unique=True),
)
