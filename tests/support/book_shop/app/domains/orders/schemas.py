"""What clients send and receive."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import MISSING, BaseModel, Field

from app.schemas import EntityRead, Page, Paging
from .models import OrderStatus

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


class LineCreate(BaseModel, extra="forbid"):
    book_id: UUID
    quantity: int = Field(ge=1, le=1000)


class OrderCreate(BaseModel, extra="forbid"):
    customer_id: UUID = Field(examples=[ID])
    lines: list[LineCreate] = Field(min_length=1, max_length=100, examples=[[{"book_id": ID, "quantity": 2}]])


class OrderUpdate(BaseModel, extra="forbid"):
    """Only what is sent is changed."""

    status: OrderStatus | MISSING = MISSING


class OrderFilter(Paging):
    """Which orders are wanted."""

    status: OrderStatus | None = None
    customer_id: UUID | None = None


OrderFilterDep = Annotated[OrderFilter, Query()]


class LineRead(BaseModel, from_attributes=True):
    book_id: UUID
    quantity: int
    price: Decimal


class OrderRead(EntityRead):
    customer_id: UUID
    status: OrderStatus
    lines: list[LineRead]
    total: Decimal


class OrderPage(Page[OrderRead]):
    """Orders, newest first."""
