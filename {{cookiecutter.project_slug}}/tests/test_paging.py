import base64
import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import orjson
import pytest
from pydantic import ValidationError

from app.clock import new_id, now
from app.errors import InvalidError
from app.paging import Page, PageQuery
from app.schemas import EntityRead


@dataclass
class Row:
    value: Any = None
    id: UUID = field(default_factory=new_id)
    created_at: dt.datetime = field(default_factory=now)
    updated_at: dt.datetime = field(default_factory=now)


class RowQuery(PageQuery):
    sort: Literal["created_at", "-created_at", "value", "-value"] = "created_at"
    colour: str | None = None


ROWS = [Row() for _ in range(3)]


def following(query: PageQuery, *rows: Row) -> PageQuery:
    """The query of the page after the first one of these rows."""
    found = query.model_copy(update={"limit": 1}).next_page([*rows, *ROWS])
    assert found
    return found


def test_one_row_too_many_says_that_there_is_a_next_page() -> None:
    query = PageQuery(limit=2)
    page = Page[EntityRead].of(ROWS, query)
    assert [item.id for item in page.items] == [row.id for row in ROWS[:2]]
    after = query.model_copy(update={"cursor": page.next_cursor})
    assert after.position(dt.datetime) == (ROWS[1].created_at, ROWS[1].id)


def test_the_last_page_says_so() -> None:
    query = PageQuery(limit=3)
    for rows in (ROWS, []):
        assert Page[EntityRead].of(rows, query).next_cursor is None
        assert query.next_page(rows) is None
    assert query.position(dt.datetime) is None


def test_filters_are_all_that_is_wanted_of_the_rows() -> None:
    assert RowQuery(limit=1, sort="-value").filters() == {}
    assert RowQuery(colour="red").filters() == {"colour": "red"}
    with pytest.raises(ValidationError):
        RowQuery.model_validate({"color": "red"})


@pytest.mark.parametrize(
    "value",
    [
        *("", "a text", "\N{SNOWMAN}\N{GRINNING FACE}", 2**53, -1, True, False, 0.1, 1e300, 5e-324),
        *(Decimal("0.0001"), Decimal("99999999999999.9999"), dt.date(2026, 1, 31), UUID(int=1)),
        dt.datetime(2026, 1, 1, 9, 0, 0, 1, dt.UTC),
    ],
)
def test_a_cursor_keeps_the_last_value_of_any_type(value: Any) -> None:
    row = Row(value)
    assert following(RowQuery(sort="-value"), row).position(type(value)) == (value, row.id)


@pytest.mark.parametrize("other", [{"colour": "red"}, {"sort": "value"}, {"sort": "-created_at"}])
def test_a_cursor_of_another_list_is_refused(other: dict[str, Any]) -> None:
    cursor = following(RowQuery(), *ROWS).cursor
    for query in (RowQuery(cursor=cursor, **other), PageQuery(cursor=cursor)):
        with pytest.raises(InvalidError) as raised:
            query.position(dt.datetime)
        assert raised.value.members["errors"][0]["pointer"] == "#/cursor"


def test_a_cursor_fits_pages_of_any_size() -> None:
    cursor = following(RowQuery(limit=1), *ROWS).cursor
    assert RowQuery(limit=50, cursor=cursor).position(dt.datetime)


def altered(cursor: str | None, change: Any) -> str:
    key = orjson.loads(base64.urlsafe_b64decode(f"{cursor}=="))
    return base64.urlsafe_b64encode(orjson.dumps(change(*key))).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda mark, value, id: [mark, value],
        lambda mark, value, id: {"a": mark, "b": value, "c": id},
        lambda mark, value, id: None,
        lambda mark, value, id: [[], value, id],
        lambda mark, value, id: [mark, value, "no ID"],
        lambda mark, value, id: [mark, None, id],
        lambda mark, value, id: [mark, "2026-01-01T09:00:00", id],
        lambda mark, value, id: [mark, "9999-12-31T23:59:59-14:00", id],
        lambda mark, value, id: [mark, "x" * 100_000, id],
    ],
)
def test_a_cursor_that_was_altered_is_refused(change: Any) -> None:
    cursor = altered(following(RowQuery(), *ROWS).cursor, change)
    with pytest.raises(InvalidError):
        RowQuery(cursor=cursor).position(dt.datetime)


@pytest.mark.parametrize("cursor", ["", "=", "no cursor", "\N{SNOWMAN}", "\ud800", "\x00", "W1tb", "ew"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidError):
        RowQuery.model_construct(cursor=cursor).position(dt.datetime)
