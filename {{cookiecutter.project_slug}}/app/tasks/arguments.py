"""The arguments of tasks: checked when they are submitted, kept as JSON, and read again for an attempt."""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from inspect import Parameter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUndefinedAnnotation
from pydantic_core import PydanticSerializationError, from_json, to_json

from app.errors import InvalidError, invalid_fields

Function = Callable[..., Any]
# No name of a field can clash with one of pydantic's.
PREFIX = "argument_"
CONFIG = ConfigDict(
    extra="forbid",
    allow_inf_nan=False,
    ser_json_inf_nan="constants",
    ser_json_bytes="base64",
    val_json_bytes="base64",
)
# A default is not checked: `0` may be the one of a float.
PLAIN = (bool, int, float, str)
LAZY: dict[str, Any] = {}
if sys.version_info >= (3, 14):
    import annotationlib

    # Else a name that is only there for type checkers would be an error here.
    LAZY["annotation_format"] = annotationlib.Format.FORWARDREF


class Arguments:
    """Of one task. By the names of fields, so that it does not matter which aliases they have."""

    def __init__(self, task: str, function: Function) -> None:
        self._task = task
        self._model = model_of(function)

    def write(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """As JSON; InvalidError when the task does not take them, TypeError when it would get other ones."""
        try:
            checked = self._model.model_validate(given)
        except ValidationError as error:
            raise refused(error.errors()) from None
        # The arguments themselves are all given; of a model in one, it matters which fields are.
        checked = checked.model_copy(update=dict(checked))
        try:
            return self._write(checked, exclude_unset=True)
        except TypeError:
            # Nothing that is left out here is the same again: a default may be another one each time.
            return self._write(checked, exclude_unset=False)

    def read(self, written: Mapping[str, Any]) -> dict[str, Any]:
        return {field.removeprefix(PREFIX): value for field, value in self._read(written)}

    def _write(self, checked: BaseModel, exclude_unset: bool) -> dict[str, Any]:
        fields = self._model.model_fields
        written = {
            field.removeprefix(PREFIX): self._write_one(checked, field, exclude_unset) for field in fields
        }
        self._compare(checked, written)
        return written

    def _write_one(self, checked: BaseModel, field: str, exclude_unset: bool) -> Any:
        name = field.removeprefix(PREFIX)
        try:
            dumped = checked.model_dump(
                mode="json",
                include={field},
                by_alias=False,
                exclude_unset=exclude_unset,
                round_trip=True,
                warnings=False,
            )
        except (PydanticSerializationError, ValueError, TypeError) as error:
            raise self._lost(name) from error
        try:
            return from_json(to_json(dumped[field], inf_nan_mode="constants"), allow_inf_nan=False)
        except (PydanticSerializationError, ValueError):
            # What the type allows and JSON lacks: a lone surrogate, infinity, an endless number.
            raise refused([{"loc": [name], "msg": "This cannot be JSON", "type": "json_type"}]) from None

    def _compare(self, checked: BaseModel, written: Mapping[str, Any]) -> None:
        try:
            read = self._read(written)
        except ValidationError as error:
            names = [str(each["loc"][0]) for each in error.errors(include_input=False)]
            raise self._lost(names[0].removeprefix(PREFIX)) from error
        for (field, before), (_, after) in zip(checked, read, strict=True):
            if not is_same(before, after):
                raise self._lost(field.removeprefix(PREFIX))

    def _read(self, written: Mapping[str, Any]) -> BaseModel:
        fields = {PREFIX + name: value for name, value in written.items()}
        return self._model.model_validate_json(to_json(fields), by_alias=False, by_name=True)

    def _lost(self, name: str) -> TypeError:
        return TypeError(
            f"The argument `{name}` of the task {self._task} would not be the same after it was JSON: "
            "annotate it with the type that it has, one that pydantic writes as JSON and reads again."
        )


def refused(errors: Iterable[Mapping[str, Any]]) -> InvalidError:
    entries = [{**each, "loc": ("arguments", *each["loc"])} for each in errors]
    detail = "The task does not take these arguments: see `errors`."
    return InvalidError(detail, errors=invalid_fields(entries))


def is_same(before: Any, after: Any) -> bool:
    """Equal, and of the same type; but a number may have become the kind of number that was declared."""
    if type(before) not in (type(after), *PLAIN):
        return False
    match before:
        case Mapping():
            return is_same([*before.items()], [*after.items()])
        case list() | tuple():
            return len(before) == len(after) and all(map(is_same, before, after))
        case BaseModel():
            # By its fields: what it has computed and keeps is not written.
            return is_same(values_of(before), values_of(after))
        case datetime(tzinfo=zone) if zone:
            # In the hour that comes twice, Python takes no time of a named zone for equal to another one.
            return bool(before.astimezone(UTC) == after.astimezone(UTC))
    return bool(before == after)


def values_of(model: BaseModel) -> list[Any]:
    return [model.model_extra, *(getattr(model, name) for name in type(model).model_fields)]


def model_of(function: Function) -> type[BaseModel]:
    """Of all parameters but the first, whose annotation does not matter. TypeError when there can be none."""
    parameters = list(inspect.signature(function, **LAZY).parameters.values())
    if not parameters or parameters[0].kind not in (
        Parameter.POSITIONAL_ONLY,
        Parameter.POSITIONAL_OR_KEYWORD,
    ):
        raise TypeError("its first parameter has to take the state")
    fields = {PREFIX + each.name: field_of(each) for each in parameters[1:]}
    try:
        model = create_model("Arguments", __config__=CONFIG, __module__=function.__module__, **fields)
        model.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        reason = f"{error.name} is not defined: import it at runtime, not only for type checkers"
        raise TypeError(reason) from error
    return model


def field_of(parameter: Parameter) -> Any:
    if parameter.kind not in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY):
        raise TypeError(f"its parameter `{parameter}` cannot be given by name")
    default = ... if parameter.default is parameter.empty else parameter.default
    annotation = Any if parameter.annotation is parameter.empty else parameter.annotation
    return annotation, Field(default, alias=parameter.name)
