"""What is stored."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

from app.database import OwnedEntity
from app.database.memory import reference, unique

WidgetEnumField = Literal[
    "one",
    "two",
]


@dataclass(kw_only=True)
class Widget(OwnedEntity):
    __tablename__: ClassVar[str] = "widgets"
    __together__: ClassVar[Sequence[str]] = [
        "int_field",
        "gadget_id",
    ]

    text_field: str = unique()
    longtext_field: str
    int_field: int = unique()
    decimal_field: Decimal = unique()
    float_field: float
    bool_field: bool
    date_field: dt.date = unique()
    datetime_field: dt.datetime = unique()
    uuid_field: UUID = unique()
    json_field: Any
    enum_field: WidgetEnumField
    gadget_id: UUID = reference("gadgets", unique=True)
