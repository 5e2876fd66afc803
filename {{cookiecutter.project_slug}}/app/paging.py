"""Keyset pages: each starts after the last row of the one before, so page 1000 costs as much as page 1."""

import base64
from collections.abc import Sequence
from typing import Annotated, Generic, Protocol, Self, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

Item = TypeVar("Item")


class Row(Protocol):
    id: UUID


class Paging(BaseModel):
    """Which page is wanted."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(
        default=None,
        # Every text of this form is a cursor: 128 bits, six in each character.
        pattern=r"^[A-Za-z0-9_-]{22}$",
        description="`next_cursor` of the page before; without it, the first page.",
    )

    @property
    def after(self) -> UUID | None:
        return UUID(bytes=base64.urlsafe_b64decode(f"{self.cursor}==")) if self.cursor else None


PagingDep = Annotated[Paging, Query()]


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last one."
    )

    @classmethod
    def of(cls, rows: Sequence[Row], limit: int) -> Self:
        """At most `limit` of the rows; one row more says that there is a next page."""
        items = rows[:limit]
        more = len(rows) > limit
        cursor = base64.urlsafe_b64encode(items[-1].id.bytes).decode().rstrip("=") if more else None
        return cls.model_validate({"items": items, "next_cursor": cursor})
