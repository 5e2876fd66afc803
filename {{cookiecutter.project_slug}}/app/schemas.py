"""What the schemas of all domains share: the types of their fields, and what every row has."""

import datetime as dt
import math
import re
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    JsonValue,
    WithJsonSchema,
)
from pydantic_core import PydanticSerializationError, to_json


def as_integer(value: Any) -> Any:
    """JSON has one type of numbers: 1.0 is an integer there."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# No control characters: line breaks make a mess of logs, and not every database takes a NUL.
Text = Annotated[
    str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["a text"])
]
LongText = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$", examples=["a longer text"])]
# What every client reads exactly: JavaScript has no larger integers.
IntegerInQuery = Annotated[int, Field(ge=1 - 2**53, le=2**53 - 1)]
Integer = Annotated[IntegerInQuery, Field(strict=True), BeforeValidator(as_integer)]
Float = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Bool = Annotated[bool, Field(strict=True)]

DECIMAL = r"-?\d{1,14}(\.\d{1,4})?"
STEP = Decimal("0.0001")
# A float has 15 decimal digits: 11 before the point, and 4 after it.
LARGEST = 10**11 - 1
AS_NUMBER = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST, "multipleOf": float(STEP)}
AS_TEXT = {"type": "string", "pattern": f"^{DECIMAL}$"}


def exact(value: Any) -> Decimal:
    """With four digits after the point, as every database keeps it."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST:
        found = Decimal(value).quantize(STEP)
        # Not the same, but the nearest: what computes in floats is off by as little.
        if math.isclose(found, value, rel_tol=1e-15):
            return found + 0
    if isinstance(value, Decimal):
        value = f"{value:f}"
    if isinstance(value, str) and re.fullmatch(DECIMAL, value, re.ASCII):
        # Zero has no sign here.
        return Decimal(value).quantize(STEP) + 0
    raise ValueError("a decimal has at most 14 digits before the point and 4 after it; a long one is a text")


Amount = Annotated[
    Decimal,
    BeforeValidator(exact),
    WithJsonSchema({"anyOf": [AS_NUMBER, AS_TEXT], "examples": ["12.5"]}, mode="validation"),
]


def is_text_like(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.match(pattern, value, re.ASCII) is not None


def as_date(value: Any) -> Any:
    """Not a number, which pydantic takes for seconds."""
    if not isinstance(value, dt.date) and not is_text_like(r"\d{4}-\d\d-\d\d\Z", value):
        raise ValueError("a date is written as 2026-01-31")
    return value


def as_datetime(value: Any) -> Any:
    if not isinstance(value, dt.datetime) and not is_text_like(r"\d{4}-\d\d-\d\d[Tt ]", value):
        raise ValueError("a date with a time is written as 2026-01-31T09:00:00Z")
    return value


def in_utc(value: dt.datetime) -> dt.datetime:
    try:
        return value.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("in UTC this is outside the calendar") from error


def storable(value: JsonValue) -> JsonValue:
    """And can be sent back."""
    if value is None:
        raise ValueError("null is not allowed here")
    try:
        # As a field, one level deeper.
        to_json([value])
    except PydanticSerializationError as error:
        raise ValueError("this is nested too deeply") from error
    return value


Date = Annotated[dt.date, Field(strict=False), BeforeValidator(as_date)]
DateTime = Annotated[AwareDatetime, BeforeValidator(as_datetime), AfterValidator(in_utc)]
Json = Annotated[
    JsonValue,
    AfterValidator(storable),
    # Generators of clients know no list of types.
    WithJsonSchema({"not": {"type": "null"}, "examples": [{"key": "value"}]}),
]


class EntityRead(BaseModel, from_attributes=True):
    """What clients receive of every row."""

    id: UUID
    created_at: dt.datetime
    updated_at: dt.datetime
