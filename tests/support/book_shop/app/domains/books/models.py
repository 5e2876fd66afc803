"""What is stored."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Entity


class BookStatus(StrEnum):
    ANNOUNCED = "announced"
    AVAILABLE = "available"
    OUT_OF_PRINT = "out of print"


class Book(Entity):
    __tablename__ = "books"

    title: Mapped[str]
    isbn: Mapped[str] = mapped_column(String(13), unique=True)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    published: Mapped[date | None]
    status: Mapped[BookStatus]
