"""What is stored."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Entity
from app.database.sql import choice, indexed

WidgetEnumField = Literal[
    "one",
    "two",
]


class Widget(Entity):
    __tablename__ = "widgets"
    __table_args__ = indexed(
        "created_at",
        "int_field",
        "decimal_field",
        "float_field",
        "bool_field",
        "date_field",
        "datetime_field",
        "enum_field",
        "gadget_id",
        Index(
            "uq_widgets_together",
            "int_field",
            "gadget_id",
            unique=True,
        ),
    )

    text_field: Mapped[str] = mapped_column(String(255), unique=True)
    longtext_field: Mapped[str] = mapped_column(String(10_000))
    int_field: Mapped[int] = mapped_column(BigInteger, unique=True)
    decimal_field: Mapped[Decimal] = mapped_column(unique=True)
    float_field: Mapped[float] = mapped_column(Double)
    bool_field: Mapped[bool] = mapped_column()
    date_field: Mapped[dt.date] = mapped_column(unique=True)
    datetime_field: Mapped[dt.datetime] = mapped_column(unique=True)
    uuid_field: Mapped[UUID] = mapped_column(unique=True)
    json_field: Mapped[Any] = mapped_column(JSON(none_as_null=True))
    enum_field: Mapped[WidgetEnumField] = mapped_column(
        choice(WidgetEnumField, "enum_field"),
    )
    gadget_id: Mapped[UUID] = mapped_column(
        ForeignKey("gadgets.id", ondelete="RESTRICT"),
        unique=True,
    )
