"""What clients send and receive."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import MISSING, BaseModel, Field

from app.schemas import EntityRead, Page
from .models import BookStatus

# No control characters: line breaks make a mess of logs, and not every database takes a NUL.
Title = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Middlemarch"])
]
Isbn = Annotated[str, Field(pattern=r"^97[89][0-9]{10}$", examples=["9780141439549"])]
Price = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2, examples=["12.50"])]
Published = Annotated[date | None, Field(examples=["1871-12-01"])]
Status = Annotated[BookStatus, Field(examples=[BookStatus.AVAILABLE])]


class BookCreate(BaseModel, extra="forbid"):
    title: Title
    isbn: Isbn
    price: Price
    published: Published = None
    status: Status = BookStatus.AVAILABLE


class BookUpdate(BaseModel, extra="forbid"):
    """Only what is sent is changed."""

    title: Title | MISSING = MISSING
    isbn: Isbn | MISSING = MISSING
    price: Price | MISSING = MISSING
    published: Published | MISSING = MISSING
    status: Status | MISSING = MISSING


class BookRead(EntityRead):
    title: str
    isbn: str
    price: Decimal
    published: date | None
    status: BookStatus


class BookPage(Page[BookRead]):
    """Books in the order of their creation."""
