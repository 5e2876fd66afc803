"""What clients send and receive."""

from typing import Literal
from uuid import UUID

from pydantic import MISSING, BaseModel, Field

from app import paging
from app.money import Money, Price
from app.schemas import EntityRead
from .models import OrderStatus

OrderSort = Literal[
    "created_at",
    "-created_at",
    "customer_id",
    "-customer_id",
    "status",
    "-status",
]
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


class LineCreate(BaseModel, extra="forbid"):
    book_id: UUID
    quantity: int = Field(ge=1, le=1000)


class OrderCreate(BaseModel, extra="forbid"):
    """What a new one is made of."""

    customer_id: UUID
    lines: list[LineCreate] = Field(min_length=1, max_length=100, examples=[[{"book_id": ID, "quantity": 2}]])


class OrderUpdate(BaseModel, extra="forbid"):
    """Only what is sent is changed."""

    status: OrderStatus | MISSING = MISSING


class LineRead(BaseModel, from_attributes=True):
    book_id: UUID
    quantity: int
    price: Price


class OrderRead(EntityRead):
    """What is sent of each."""

    customer_id: UUID
    status: OrderStatus
    lines: list[LineRead]
    total: Money


class OrderQuery(paging.PageQuery):
    """Which orders are listed, and in which order."""

    sort: OrderSort = "-created_at"
    customer_id: UUID | None = None
    status: OrderStatus | None = None


class OrderPage(paging.Page[OrderRead]):
    """Orders in the order that was wanted."""
