"""What clients send and receive."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import MISSING, BaseModel

from app import paging
from app.schemas import (
    Amount,
    Bool,
    Date,
    DateTime,
    EntityRead,
    Float,
    Integer,
    IntegerInQuery,
    Json,
    LongText,
    Text,
)
from .models import WidgetEnumField

WidgetSort = Literal[
    "created_at",
    "-created_at",
    "text_field",
    "-text_field",
    "int_field",
    "-int_field",
    "decimal_field",
    "-decimal_field",
    "float_field",
    "-float_field",
    "bool_field",
    "-bool_field",
    "date_field",
    "-date_field",
    "datetime_field",
    "-datetime_field",
    "uuid_field",
    "-uuid_field",
    "enum_field",
    "-enum_field",
    "gadget_id",
    "-gadget_id",
]


class WidgetCreate(BaseModel, extra="forbid"):
    """What a new one is made of."""

    text_field: Text
    longtext_field: LongText
    int_field: Integer
    decimal_field: Amount
    float_field: Float
    bool_field: Bool
    date_field: Date
    datetime_field: DateTime
    uuid_field: UUID
    json_field: Json
    enum_field: WidgetEnumField
    gadget_id: UUID


class WidgetUpdate(BaseModel, extra="forbid"):
    """Only what is sent is changed."""

    text_field: Text | MISSING = MISSING
    longtext_field: LongText | MISSING = MISSING
    int_field: Integer | MISSING = MISSING
    decimal_field: Amount | MISSING = MISSING
    float_field: Float | MISSING = MISSING
    bool_field: Bool | MISSING = MISSING
    date_field: Date | MISSING = MISSING
    datetime_field: DateTime | MISSING = MISSING
    uuid_field: UUID | MISSING = MISSING
    json_field: Json | MISSING = MISSING
    enum_field: WidgetEnumField | MISSING = MISSING
    gadget_id: UUID | MISSING = MISSING


class WidgetRead(EntityRead):
    """What is sent of each."""

    text_field: str
    longtext_field: str
    int_field: int
    decimal_field: Decimal
    float_field: float
    bool_field: bool
    date_field: dt.date
    datetime_field: dt.datetime
    uuid_field: UUID
    json_field: Any
    enum_field: WidgetEnumField
    gadget_id: UUID


class WidgetQuery(paging.PageQuery):
    """Which widgets are listed, and in which order."""

    sort: WidgetSort = "created_at"
    text_field: Text | None = None
    int_field: IntegerInQuery | None = None
    decimal_field: Amount | None = None
    bool_field: bool | None = None
    date_field: Date | None = None
    datetime_field: DateTime | None = None
    uuid_field: UUID | None = None
    enum_field: WidgetEnumField | None = None
    gadget_id: UUID | None = None


class WidgetPage(paging.Page[WidgetRead]):
    """Widgets in the order that was wanted."""
