from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.clock import new_id
from app.schemas import Page


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
    assert page.next_cursor == ROWS[1].id


def test_the_last_page_says_so() -> None:
    assert Page[RowRead].of(ROWS, limit=3).next_cursor is None
    assert Page[RowRead].of([], limit=3).items == []
