"""What clients send and receive."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, BaseModel, Field

from app.paging import Page

# No control characters: line breaks make a mess of logs, and not every database takes a NUL.
Name = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["a name"])
]
Email = Annotated[
    str,
    Field(
        max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$", examples=["ada@example.com"]
    ),
]


class CustomerCreate(BaseModel, extra="forbid"):
    name: Name
    email: Email


class CustomerUpdate(BaseModel, extra="forbid"):
    """Only what is sent is changed."""

    name: Name | MISSING = MISSING
    email: Email | MISSING = MISSING


class CustomerRead(BaseModel, from_attributes=True):
    id: UUID
    name: str
    email: str
    created_at: datetime
    updated_at: datetime


class CustomerPage(Page[CustomerRead]):
    """Customers in the order of their creation."""
