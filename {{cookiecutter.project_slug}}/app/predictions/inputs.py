"""What clients may send, made from the model's own inputs: their names, types and shapes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema, SchemaValidator, ValidationError
from pydantic_core import core_schema as core

from app.errors import invalid_fields
from .predictor import Array, InvalidInstanceError, Row


class Inputs:
    def __init__(self, arrays: Sequence[Array]) -> None:
        self.arrays = arrays
        fields = {each.name: core.typed_dict_field(schema_of(each)) for each in arrays}
        self._instance = core.typed_dict_schema(fields, extra_behavior="forbid")
        instances = core.list_schema(self._instance, min_length=1)
        fields = {"instances": core.typed_dict_field(instances)}
        self._body = SchemaValidator(core.typed_dict_schema(fields, extra_behavior="forbid"))

    def parse(self, body: bytes, limit: int) -> list[Any]:
        """The instances in a request, checked; InvalidInstanceError says what is wrong with them."""
        instances = check(self._body.validate_json, body)
        if len(instances) > limit:
            message = f"There are {len(instances)} instances, and at most {limit} are accepted here"
            raise refusal([{"type": "too_long", "loc": ("instances",), "msg": message}])
        return instances

    def check(self, instances: list[Any]) -> list[Any]:
        """The same of instances that were parsed before."""
        return check(self._body.validate_python, {"instances": instances})

    def rows(self, instances: list[Any]) -> list[Row]:
        """One for each instance that was checked."""
        return [
            {each.name: array_of(each, values[each.name], number) for each in self.arrays}
            for number, values in enumerate(instances)
        ]

    def schema(self) -> dict[str, Any]:
        """The JSON schema of one instance."""
        return GenerateJsonSchema().generate(self._instance)

    def example(self) -> dict[str, Any]:
        """An instance of zeros and empty texts."""
        return {each.name: empty(each).tolist() for each in self.arrays}


def check(validate: Callable[[Any], Any], content: Any) -> list[Any]:
    try:
        instances: list[Any] = validate(content)["instances"]
    except ValidationError as error:
        raise refusal(error.errors(include_url=False, include_input=False)) from error
    return instances


def refusal(entries: Sequence[Mapping[str, Any]]) -> InvalidInstanceError:
    """In the form of every other invalid request, with the place in its body."""
    located = [{**entry, "loc": ("body", *entry["loc"])} for entry in entries]
    return InvalidInstanceError("The request is not valid: see `errors`.", errors=invalid_fields(located))


def dtype_of(each: Array) -> str:
    return "object" if each.type == "str" else each.type


def array_of(each: Array, value: Any, number: int) -> NDArray[Any]:
    try:
        array = np.asarray(value, dtype_of(each))
    except ValueError:
        array = np.empty(())
    if array.ndim != len(each.shape):
        message = "Lists of one dimension should have the same length"
        raise refusal([{"type": "ragged", "loc": ("instances", number, each.name), "msg": message}])
    return array


def empty(each: Array) -> NDArray[Any]:
    shape = [size or 1 for size in each.shape]
    return np.full(shape, "", object) if each.type == "str" else np.zeros(shape, each.type)


def schema_of(each: Array) -> CoreSchema:
    schema = value_schema(each.type)
    for size in reversed(each.shape):
        schema = core.list_schema(schema, min_length=size or 1, max_length=size, strict=True, fail_fast=True)
    return schema


def value_schema(kind: str) -> CoreSchema:
    """One value: strict, for pydantic takes true and "1" for numbers; and within the bounds of its type."""
    if kind == "str":
        # With a limit, for only then is a text without a UTF-8 form refused.
        return core.str_schema(strict=True, min_length=0)
    if kind == "bool":
        return core.bool_schema(strict=True)
    if kind.startswith("float"):
        largest = float(np.finfo(kind).max)
        return core.float_schema(ge=-largest, le=largest, allow_inf_nan=False, strict=True)
    bounds = np.iinfo(kind)
    return core.int_schema(ge=int(bounds.min), le=int(bounds.max), strict=True)
