"""What clients send and receive."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field

from app.schemas import EntityRead, Name, Page

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


class CustomerRead(EntityRead):
    name: str
    email: str


class CustomerPage(Page[CustomerRead]):
    """Customers in the order of their creation."""
