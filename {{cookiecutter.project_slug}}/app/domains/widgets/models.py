"""What is stored."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Double, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import OwnedEntity
from app.database.ownership_sql import own_indexed
from app.database.sql import choice

WidgetEnumField = Literal[
    "one",
    "two",
]


class Widget(OwnedEntity):
    __tablename__ = "widgets"
    __table_args__ = (
        *own_indexed(
            "created_at",
            "int_field",
            "decimal_field",
            "float_field",
            "bool_field",
            "date_field",
            "datetime_field",
            "enum_field",
            "gadget_id",
        ),
        UniqueConstraint("owner_id", "text_field"),
        UniqueConstraint("owner_id", "int_field"),
        UniqueConstraint("owner_id", "decimal_field"),
        UniqueConstraint("owner_id", "date_field"),
        UniqueConstraint("owner_id", "datetime_field"),
        UniqueConstraint("owner_id", "uuid_field"),
        UniqueConstraint("owner_id", "gadget_id"),
        ForeignKeyConstraint(
            ["owner_id", "gadget_id"],
            ["gadgets.owner_id", "gadgets.id"],
            ondelete="RESTRICT",
            deferrable=True,
        ),
        Index(
            "uq_widgets_together",
            "owner_id",
            "int_field",
            "gadget_id",
            unique=True,
        ),
    )

    text_field: Mapped[str] = mapped_column(String(255))
    longtext_field: Mapped[str] = mapped_column(String(10_000))
    int_field: Mapped[int] = mapped_column(BigInteger)
    decimal_field: Mapped[Decimal] = mapped_column()
    float_field: Mapped[float] = mapped_column(Double)
    bool_field: Mapped[bool] = mapped_column()
    date_field: Mapped[dt.date] = mapped_column()
    datetime_field: Mapped[dt.datetime] = mapped_column()
    uuid_field: Mapped[UUID] = mapped_column()
    json_field: Mapped[Any] = mapped_column(JSON(none_as_null=True))
    enum_field: Mapped[WidgetEnumField] = mapped_column(
        choice(WidgetEnumField, "enum_field"),
    )
    gadget_id: Mapped[UUID] = mapped_column()
