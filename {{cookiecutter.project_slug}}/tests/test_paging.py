from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from app.clock import new_id
from app.paging import Page, Paging


@dataclass
class Row:
    id: UUID


class RowRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID


ROWS = [Row(new_id()) for _ in range(3)]


def test_one_row_too_many_says_that_there_is_a_next_page() -> None:
    page = Page[RowRead].of(ROWS, limit=2)
    assert [item.id for item in page.items] == [row.id for row in ROWS[:2]]
    assert Paging(cursor=page.next_cursor).after == ROWS[1].id


def test_the_last_page_says_so() -> None:
    assert Page[RowRead].of(ROWS, limit=3).next_cursor is None
    assert Page[RowRead].of([], limit=3).items == []


def test_without_a_cursor_the_first_page_is_returned() -> None:
    assert Paging().after is None
    assert Paging().limit == 20


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, *({"cursor": cursor} for cursor in ("", "a" * 21, "a" * 23, "é" * 22))],
    ids=repr,
)
def test_a_bad_page_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(query))):
        Paging(**query)


def test_a_page_has_a_hundred_rows_at_most() -> None:
    assert Paging(limit=100).limit == 100
