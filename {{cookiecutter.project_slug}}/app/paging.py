"""Keyset pages: each starts after the last row of the one before, so page 1000 costs as much as page 1."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from .errors import InvalidError, wrong_field
from .schemas import DateTime

Item = TypeVar("Item")
adapter_of = cache(TypeAdapter)


class Row(Protocol):
    id: UUID


class PageQuery(BaseModel, extra="forbid", frozen=True):
    """Which rows are wanted, and in which order. All but these fields are filters, by equality."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before, if any.")
    sort: str = Field(default="created_at", description="With a `-` in front, the other way round.")

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    def filters(self) -> dict[str, Any]:
        return self.model_dump(exclude={*PageQuery.model_fields}, exclude_none=True)

    def _cursor_at(self, row: Row) -> str:
        key = [self._fingerprint(), getattr(row, self.column), row.id]
        return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).decode().rstrip("=")

    def next_page(self, rows: Sequence[Row]) -> Self | None:
        """What follows these rows; None when there are not more of them than were wanted."""
        if len(rows) <= self.limit:
            return None
        return self.model_copy(update={"cursor": self._cursor_at(rows[self.limit - 1])})

    def position(self, kind: Any) -> tuple[Any, UUID] | None:
        """Where the page before has ended: its last value of the column, of this type, and its last ID.

        InvalidError when the cursor is none, or belongs to a list with other filters or another order.
        """
        if self.cursor is None:
            return None
        # One without an offset could be compared with no row.
        kind = DateTime if kind is datetime else kind
        try:
            text = base64.urlsafe_b64decode(self.cursor.encode() + b"==")
            fingerprint, value, id = orjson.loads(text)
            key = adapter_of(kind).validate_python(value), adapter_of(UUID).validate_python(id)
        except (ValueError, TypeError, ValidationError) as error:
            raise self._refusal("This is no `next_cursor`.") from error
        if fingerprint != self._fingerprint():
            raise self._refusal("This cursor belongs to a list with other filters, or in another order.")
        return key

    def _fingerprint(self) -> str:
        wanted = self.model_dump_json(exclude={"limit", "cursor"})
        return hashlib.sha256(f"{type(self).__name__}{wanted}".encode()).hexdigest()[:16]

    def _refusal(self, detail: str) -> InvalidError:
        wrong = wrong_field("query", "cursor", "cursor", detail)
        return InvalidError("The request is not valid: see `errors`.", errors=[wrong])


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = Field(description="The `cursor` of the next page; null on the last one.")

    @classmethod
    def of(cls, rows: Sequence[Row], query: PageQuery) -> Self:
        """At most as many rows as are wanted; one row more says that there is a next page."""
        following = query.next_page(rows)
        cursor = following.cursor if following else None
        return cls.model_validate({"items": rows[: query.limit], "next_cursor": cursor})
