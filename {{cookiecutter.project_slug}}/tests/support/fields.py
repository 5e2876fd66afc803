"""What the fields of a domain take and refuse: one class for each type."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, ClassVar, get_args
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi.testclient import TestClient

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Row(dict[str, Any]):
    """As it is sent to clients, and where."""

    url: str


Make = Callable[..., Row]


def create(client: TestClient, url: str, body: Mapping[str, Any]) -> Row:
    created = client.post(url, json=body)
    assert created.status_code == 201, created.text
    row = Row(created.json())
    row.url = created.headers["Location"]
    return row


@dataclass(frozen=True, kw_only=True)
class Field:
    """May be null when it is optional; no two rows have the same value when it is unique.

    `default` is what a row has when it was created without it: null, unless the schema says otherwise.
    """

    # Lists filter by all that are unique, and by these.
    always_filters: ClassVar[bool] = False
    # Lists sort by all that are unique and never null, and by these if they are never null.
    always_sorts: ClassVar[bool] = False
    optional: bool = False
    unique: bool = False
    default: Any = None

    @property
    def required(self) -> bool:
        return not self.optional and self.default is None

    @property
    def in_every_row(self) -> bool:
        return True

    @property
    def filters(self) -> bool:
        return self.unique or self.always_filters

    @property
    def sorts(self) -> bool:
        return not self.optional and (self.unique or self.always_sorts)

    def value(self, client: TestClient, number: int) -> Any:
        """As it is sent, and sent back: another one for each number, where the type has as many."""
        raise NotImplementedError

    def wrong(self) -> tuple[Any, ...]:
        """What is refused, and is not null."""
        raise NotImplementedError

    def sort_key(self, value: Any) -> Any:
        return value


class Text(Field):
    def value(self, client: TestClient, number: int) -> str:
        return f"text {number:06}"

    def wrong(self) -> tuple[Any, ...]:
        return ("", "x" * 256, "two\nlines", "\x00", "\x7f", 1, False, [])


class LongText(Field):
    def value(self, client: TestClient, number: int) -> str:
        return f"text {number}\nof two lines"

    def wrong(self) -> tuple[Any, ...]:
        return ("x" * 10_001, "\x00", 1, False, [])


class Integer(Field):
    always_sorts = True

    def value(self, client: TestClient, number: int) -> int:
        return number

    def wrong(self) -> tuple[Any, ...]:
        return (True, "1", 1.5, 2**53, -(2**53), 2**63, 10**30)


class Amount(Field):
    always_sorts = True

    def value(self, client: TestClient, number: int) -> str:
        return f"{number}.0001"

    def wrong(self) -> tuple[Any, ...]:
        return (True, "1.00001", 0.00001, "1" + "0" * 14, 1e15, "1e5", "NaN", "", "1,5", [])

    def sort_key(self, value: Any) -> Any:
        return Decimal(value)


class Float(Field):
    always_sorts = True

    def value(self, client: TestClient, number: int) -> float:
        return number + 0.1

    def wrong(self) -> tuple[Any, ...]:
        return (True, "1.5", "NaN", [])


class Bool(Field):
    always_filters = always_sorts = True

    def value(self, client: TestClient, number: int) -> bool:
        return number % 2 == 1

    def wrong(self) -> tuple[Any, ...]:
        return ("true", 1, 0, "")


class Date(Field):
    always_sorts = True

    def value(self, client: TestClient, number: int) -> str:
        return f"{(START + dt.timedelta(days=number)).date()}"

    def wrong(self) -> tuple[Any, ...]:
        return (
            1577836800,
            "1577836800",
            True,
            "2026-02-30",
            "2026-1-1",
            "2026-01-01T00:00:00Z",
            "10000-01-01",
        )


class DateTime(Field):
    always_sorts = True

    def value(self, client: TestClient, number: int) -> str:
        return f"{START + dt.timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"

    def wrong(self) -> tuple[Any, ...]:
        outside = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z")
        return ("2026-01-01T09:00:00", "2026-02-30T09:00:00Z", 1577836800, "1577836800", True, *outside)


class Uuid(Field):
    def value(self, client: TestClient, number: int) -> str:
        return str(UUID(int=number))

    def wrong(self) -> tuple[Any, ...]:
        return ("no UUID", "", 1, False)


class Json(Field):
    def value(self, client: TestClient, number: int) -> Any:
        # Databases may take a number alone for one of theirs.
        large = 2**64 + 1 + number
        return large if number % 2 else {"number": large, "list": [1.5, True, None, "\N{SNOWMAN}", {}]}

    def wrong(self) -> tuple[Any, ...]:
        # Deeper than what pydantic sends, and no deeper than what it takes.
        nested: list[Any] = []
        for _ in range(254):
            nested = [nested]
        return (nested,)


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    always_filters = always_sorts = True
    values: Any = field(kw_only=False)

    def value(self, client: TestClient, number: int) -> str:
        values = self.texts()
        return values[number % len(values)]

    def texts(self) -> Sequence[str]:
        """Of a `Literal`, or of an `Enum`."""
        return get_args(self.values) or [member.value for member in self.values]

    def wrong(self) -> tuple[Any, ...]:
        values = self.texts()
        others = {"", " ".join(values), *(value.swapcase() for value in values)}
        return (*sorted(others - {*values}), 1, False)

    def sort_key(self, value: Any) -> Any:
        """The order of texts is up to the database."""
        return 0


@dataclass(frozen=True, kw_only=True)
class Reference(Field):
    always_filters = always_sorts = True
    make: Make = field(kw_only=False)

    @property
    def in_every_row(self) -> bool:
        """A row may refer to one of its own table: then it cannot always."""
        return not self.optional

    def value(self, client: TestClient, number: int) -> str:
        return str(self.make(client)["id"])

    def wrong(self) -> tuple[Any, ...]:
        return ("no ID", "", 1, False)


class Fields(dict[str, Field]):
    """Those of a domain, by name."""

    def __init__(self, /, **fields: Field) -> None:
        super().__init__(fields)
        self._numbers = WeakKeyDictionary[TestClient, Iterator[int]]()

    def next_values(self, client: TestClient, names: Iterable[str]) -> dict[str, Any]:
        """Other ones each time, and in each test the same."""
        number = next(self._numbers.setdefault(client, count(1)))
        return {name: self[name].value(client, number) for name in names}

    def create(self, client: TestClient, url: str, changes: Mapping[str, Any]) -> Row:
        names = [name for name, field in self.items() if field.in_every_row and name not in changes]
        return create(client, url, {**self.next_values(client, names), **changes})
