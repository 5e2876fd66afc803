"""What is stored."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Entity
from app.database.sql import choice, indexed

OrderStatus = Literal[
    "placed",
    "confirmed",
    "shipped",
]


class OrderLine(Entity):
    __tablename__ = "order_lines"
    __table_args__ = indexed(
        "order_id",
        "book_id",
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id", ondelete="RESTRICT"))
    quantity: Mapped[int] = mapped_column(BigInteger)
    price: Mapped[Decimal]
    """Of one copy, when it was ordered."""


class Order(Entity):
    __tablename__ = "orders"
    __table_args__ = indexed(
        "created_at",
        "customer_id",
        "status",
    )

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="RESTRICT"),
    )
    status: Mapped[OrderStatus] = mapped_column(
        choice(OrderStatus, "status"),
        default="placed",
    )
    lines: Mapped[list[OrderLine]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by=OrderLine.id
    )

    @property
    def total(self) -> Decimal:
        return sum((line.quantity * line.price for line in self.lines), Decimal())
