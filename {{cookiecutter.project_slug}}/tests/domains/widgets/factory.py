"""How tests and seed data make widgets."""

from typing import Any

from fastapi.testclient import TestClient

from app.domains.widgets.models import WidgetEnumField
from tests.domains.gadgets.factory import make_gadget
from tests.support.fields import (
    Amount,
    Bool,
    Choice,
    Date,
    DateTime,
    Fields,
    Float,
    Integer,
    Json,
    LongText,
    Reference,
    Row,
    Text,
    Uuid,
)


def make_widget(client: TestClient, /, **changes: Any) -> Row:
    """With these values, and with all that it has to refer to."""
    return FIELDS.create(client, "/v1/widgets", changes)


FIELDS = Fields(
    text_field=Text(unique=True),
    longtext_field=LongText(),
    int_field=Integer(unique=True),
    decimal_field=Amount(unique=True),
    float_field=Float(),
    bool_field=Bool(),
    date_field=Date(unique=True),
    datetime_field=DateTime(unique=True),
    uuid_field=Uuid(unique=True),
    json_field=Json(),
    enum_field=Choice(WidgetEnumField),
    gadget_id=Reference(make_gadget, unique=True),
)
