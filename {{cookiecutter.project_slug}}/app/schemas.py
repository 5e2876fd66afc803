"""What the schemas of all domains share: names, the fields of every row, and keyset pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Generic, Protocol, Self, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

# No control characters: line breaks make a mess of logs, and not every database takes a NUL.
Name = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["a name"])
]
Item = TypeVar("Item")


class EntityRead(BaseModel, from_attributes=True):
    """What clients receive of every row."""

    id: UUID
    created_at: datetime
    updated_at: datetime


class Row(Protocol):
    id: UUID


class Paging(BaseModel):
    """Which page is wanted."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: UUID | None = Field(default=None, description="`next_cursor` of the page before, if any.")


PagingDep = Annotated[Paging, Query()]


class Page(BaseModel, Generic[Item]):
    """Starts after the last row of the one before, so page 1000 costs as much as page 1."""

    items: list[Item]
    next_cursor: UUID | None = Field(description="The `cursor` of the next page; null on the last one.")

    @classmethod
    def of(cls, rows: Sequence[Row], limit: int) -> Self:
        """At most `limit` of the rows; one row more says that there is a next page."""
        items = rows[:limit]
        cursor = items[-1].id if len(rows) > limit else None
        return cls.model_validate({"items": items, "next_cursor": cursor})
