"""Arguments as the task gets them: the same as were submitted, or an error before the response."""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cached_property
from types import ModuleType
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field, Json, SecretStr, computed_field
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from app.errors import InvalidError
from app.settings import Settings
from app.tasks import TaskRegistry, TasksDep
from app.tasks.arguments import Arguments
from tests.support import probe


class Color(Enum):
    RED = "red"


class Word(StrEnum):
    RED = "red"


class Animal(BaseModel):
    name: str


class Dog(Animal):
    age: int


class Aliases(BaseModel, extra="forbid"):
    one: int = Field(serialization_alias="uno")
    two: int = Field(validation_alias="dos")
    three: int = Field(alias="tres")

    @computed_field
    def total(self) -> int:
        return self.one + self.two


class Strict(BaseModel, strict=True):
    at: datetime
    id: UUID
    pair: tuple[int, int]


class Parsed(BaseModel):
    numbers: Json[list[int]]


class Hidden(BaseModel):
    shown: int
    hidden: int = Field(default=0, exclude=True)


class Priced(BaseModel):
    weight: float = 0


class Login(BaseModel):
    password: SecretStr


class Raw(BaseModel):
    data: bytes


class Changes(BaseModel):
    name: str | None = None
    price: Annotated[int | None, Field(alias="cost")] = None
    made: UUID = Field(default_factory=uuid4)


class Basket(BaseModel):
    prices: list[int]

    @cached_property
    def total(self) -> int:
        return sum(self.prices)


@dataclass
class Point:
    x: float
    at: date


AT = datetime(2026, 1, 31, 12, 30, 0, 123456, tzinfo=UTC)
# In an hour that comes twice.
TWICE = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
KEPT: list[tuple[Any, Any]] = [
    (bytes, b"\xff\x00"),
    (list[bytes], [b"\xff", b"text"]),
    (datetime, AT),
    (timedelta, timedelta(days=1, microseconds=1)),
    (Decimal, Decimal("1.10")),
    (set[Color], {Color.RED}),
    (frozenset[int], frozenset({1, 2})),
    (tuple[int, ...], (1, 2)),
    (dict[int, date], {1: AT.date()}),
    (Point, Point(0.1, AT.date())),
    (Animal | Dog, Dog(name="Rex", age=3)),
    (Aliases, Aliases(one=1, dos=2, tres=3)),
    (Strict, Strict(at=AT, id=UUID(int=1), pair=(1, 2))),
    (Parsed, Parsed(numbers="[1]")),
    (int | str | None, "1"),
    (Any, {"a": [None, 1.5, True, "text"]}),
    (int, 10**100),
    (Literal["a"], "a"),
    (Priced, Priced()),
    (Basket, Basket(prices=[1, 2])),
    (datetime, TWICE),
    (list[datetime], [TWICE.replace(fold=1)]),
]
LOST: list[tuple[Any, Any]] = [
    (SecretStr, SecretStr("s3cret")),
    (Login, Login(password=SecretStr("s3cret"))),
    (Hidden, Hidden(shown=1, hidden=2)),
    (Animal, Dog(name="s3cret", age=3)),
    (list[Animal], [Dog(name="s3cret", age=3)]),
    (int | str | datetime, AT),
    (Any, AT),
    (Any, (1, 2)),
    (Any, {1: 2}),
    (Any, {1}),
    (Any, Decimal(1)),
    (Any, b"s3cret"),
    (Any, object()),
    (str | Word, Word.RED),
    (Raw, Raw(data=b"\xff")),
    (dict[str, Any], {"at": AT}),
]


def arguments_for(annotation: Any) -> Arguments:
    async def send(_: object, value: annotation) -> None: ...

    send.__annotations__["value"] = annotation
    return Arguments("parcels.send", send)


@pytest.mark.parametrize(("annotation", "value"), KEPT)
def test_a_task_gets_the_same_arguments_that_were_submitted(annotation: Any, value: Any) -> None:
    arguments = arguments_for(annotation)
    written = json.loads(json.dumps(arguments.write({"value": value})))
    read = arguments.read(written)["value"]
    assert type(read) is type(value)
    assert in_utc(read) == in_utc(value)


def in_utc(value: Any) -> Any:
    """Else no time of a named zone is equal to any other one, in an hour that comes twice."""
    if isinstance(value, list):
        return [in_utc(each) for each in value]
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def test_of_a_model_the_task_knows_which_fields_were_given() -> None:
    arguments = arguments_for(Changes)
    for changes in (Changes(name="x", made=UUID(int=1)), Changes(cost=None, made=UUID(int=1))):
        read = arguments.read(arguments.write({"value": changes}))["value"]
        assert read.model_dump(exclude_unset=True) == changes.model_dump(exclude_unset=True)


def test_a_default_that_is_another_one_each_time_is_kept() -> None:
    arguments, changes = arguments_for(Changes), Changes(name="x")
    assert arguments.read(arguments.write({"value": changes}))["value"] == changes


def test_what_a_model_has_computed_before_does_not_matter() -> None:
    basket = Basket(prices=[1, 2])
    assert basket.total == 3
    assert arguments_for(Basket).write({"value": basket}) == {"value": {"prices": [1, 2]}}


@pytest.mark.parametrize(("annotation", "value"), LOST)
def test_an_argument_that_json_would_change_is_an_error_that_names_it(annotation: Any, value: Any) -> None:
    with pytest.raises(TypeError, match=r"`value` of the task parcels\.send .* annotate it") as refused:
        arguments_for(annotation).write({"value": value})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("annotation", "value", "rule"),
    [
        *((str, "\ud800", "json_type"), (Any, ["\ud800"], "json_type"), (Any, float("nan"), "json_type")),
        *((list[float], [float("inf")], "finite_number"), (int, 10**5000, "json_type")),
        (int, "text", "int_parsing"),
    ],
    ids=["surrogate", "surrogates", "NaN", "infinity", "endless", "text"],
)
def test_a_value_that_a_client_may_have_sent_is_refused(annotation: Any, value: Any, rule: str) -> None:
    with pytest.raises(InvalidError) as refused:
        arguments_for(annotation).write({"value": value})
    (error,) = refused.value.members["errors"]
    assert error["pointer"].startswith("#/value")
    assert error["type"] == rule


def test_an_argument_that_would_be_lost_is_a_500_before_anything_is_submitted(
    app: FastAPI, client: TestClient
) -> None:
    @app.post("/probe/lost", status_code=202)
    async def submit(tasks: TasksDep) -> None:
        tasks.submit(probe.tasks.echo, value=AT)

    with capture_logs(processors=[format_exc_info]) as lines:
        assert client.post("/probe/lost").status_code == 500
    assert client.get("/tasks").json()["items"] == []
    (traceback,) = [line["exception"] for line in lines if "exception" in line]
    assert "`value` of the task probe.echo" in traceback


def module_of(monkeypatch: pytest.MonkeyPatch, source: str) -> ModuleType:
    module = ModuleType("app.domains.parcels.tasks")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(source, vars(module))
    return module


@pytest.mark.parametrize("postponed", ["from __future__ import annotations", ""])
def test_the_state_may_be_known_to_type_checkers_only(
    monkeypatch: pytest.MonkeyPatch, postponed: str
) -> None:
    state = "State" if postponed else '"State"'
    source = f"{postponed}\nfrom uuid import UUID\nasync def send(state: {state}, id: 'UUID') -> str: ..."
    module = module_of(monkeypatch, source)
    registry = TaskRegistry([module], None, Settings(_env_file=None))
    assert registry.serialize(module.send, {"id": UUID(int=1)})[1] == {"id": str(UUID(int=1))}


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("state, order: 'Order'", "Order is not defined: import it at runtime"),
        ("state, orders: 'list[Order]'", "Order is not defined: import it at runtime"),
        ("state, order: 'Or der'", "Or der"),
        ("state, order: object()", "object"),
        ("state, *orders", r"`\*orders` cannot be given by name"),
        ("state, **orders", r"`\*\*orders` cannot be given by name"),
        ("state, order, /", "`order` cannot be given by name"),
        ("", "first parameter has to take the state"),
        ("*, state", "first parameter has to take the state"),
        ("*state", "first parameter has to take the state"),
    ],
)
def test_a_function_that_cannot_be_a_task_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, signature: str, reason: str
) -> None:
    module = module_of(monkeypatch, f"async def send({signature}): ...")
    with pytest.raises(
        TypeError, match=rf"(?s)parcels\.send in app\.domains\.parcels\.tasks cannot be a task: .*{reason}"
    ):
        TaskRegistry([module], None, Settings(_env_file=None))
