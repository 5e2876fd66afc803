"""Calls that are written down, as a name and JSON, and made later: within a time, and again if need be."""

import asyncio
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, Field, ValidationError, create_model
from pydantic_core import from_json, to_json

from .clock import now
from .errors import InvalidError, failure_of, invalid_field
from .metrics import TASK_DURATION, TASKS_RUNNING

logger = structlog.get_logger()
Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
# What was begun so often and has never ended takes its process with it, and is given up.
MOST_ATTEMPTS = 20


@dataclass(frozen=True)
class CallPolicy:
    """Put over a function whose calls need other rules than these."""

    retry_on: tuple[type[Exception], ...] = ()
    """Errors that may pass: after them the call is made again."""
    attempts: int = 3
    """How often it is made in all."""
    backoff: float = 1.0
    """Seconds before the second attempt, doubled for each later one, up to an hour."""
    time_limit: float | None = None
    """Seconds for one attempt, when the general limit does not suit."""

    def __call__(self, function: F) -> F:
        vars(function)["policy"] = self
        return function


class TaskState(StrEnum):
    """How far a call has come."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


def name_of(function: Function) -> str:
    """Such as `orders.export_orders`: the package that the function is in, and its own name."""
    name = getattr(function, "__name__", type(function).__name__)
    return ".".join([*function.__module__.split(".")[-2:-1], name])


@cache
def arguments_of(function: Function) -> type[BaseModel]:
    """Every parameter but the first, in fields whose own names clash with nothing of pydantic."""
    fields: dict[str, Any] = {}
    for name, about in list(inspect.signature(function, eval_str=True).parameters.items())[1:]:
        default = ... if about.default is about.empty else about.default
        kind = Any if about.annotation is about.empty else about.annotation
        fields[f"argument_{name}"] = (kind, Field(default, alias=name))
    return create_model("Arguments", __config__={"extra": "forbid", "allow_inf_nan": False}, **fields)


class Calls:
    """Of every function made in some modules; each gets `context` as its first argument."""

    def __init__(self, modules: Iterable[ModuleType], context: object, time_limit: float) -> None:
        self._functions = {
            name_of(value): value
            for module in modules
            for value in vars(module).values()
            if inspect.isfunction(value) and value.__module__ == module.__name__
        }
        self._context = context
        self._time_limit = time_limit

    def write(self, function: Function, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The call as a name and JSON; InvalidError when the function does not take these arguments."""
        name = name_of(function)
        if self._functions.get(name) is not function:
            raise TypeError(f"{name} cannot be called by its name: it does not stand in a tasks.py.")
        try:
            checked = arguments_of(function)(**arguments)
        except ValidationError as error:
            errors = [invalid_field({**each, "loc": ("arguments", *each["loc"])}) for each in error.errors()]
            raise InvalidError(
                "The task does not take these arguments: see `errors`.", errors=errors
            ) from None
        return name, checked.model_dump(mode="json", by_alias=True)

    async def make(self, name: str, arguments: dict[str, Any], attempt: int) -> dict[str, Any]:
        """What comes of it: a state and its time. Nothing is raised but a cancellation from outside."""
        policy = vars(self._functions.get(name, name_of)).get("policy") or CallPolicy()
        try:
            if attempt > MOST_ATTEMPTS:
                raise RuntimeError("begun too often")
            with TASKS_RUNNING.labels(name).track_inprogress(), TASK_DURATION.labels(name).time():
                async with asyncio.timeout(policy.time_limit or self._time_limit):
                    result = await self._make(name, arguments)
        except BaseException as error:
            this = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and this and this.cancelling():
                raise
            logger.exception("call failed", function=name, attempt=attempt)
            if isinstance(error, policy.retry_on) and attempt < policy.attempts:
                delay = min(policy.backoff * 2 ** (attempt - 1), 3600)
                return {"state": TaskState.QUEUED, "due_at": now() + timedelta(seconds=delay)}
            problem = from_json(to_json(failure_of(error), inf_nan_mode="null", fallback=str))
            return {"state": TaskState.FAILED, "problem": problem, "ended_at": now()}
        return {"state": TaskState.SUCCEEDED, "result": result, "ended_at": now()}

    async def _make(self, name: str, arguments: dict[str, Any]) -> Any:
        function = self._functions[name]
        typed = {key.removeprefix("argument_"): value for key, value in arguments_of(function)(**arguments)}
        if inspect.iscoroutinefunction(function):
            result = await function(self._context, **typed)
        else:
            result = await asyncio.to_thread(run, function, self._context, **typed)
        # What JSON cannot say is an error here, not where it is read.
        return from_json(to_json(result), allow_inf_nan=False)


def run(function: Function, *values: Any, **arguments: Any) -> Any:
    """On a thread, from where Python 3.11 cannot pass on a StopIteration, and would be waited for in vain."""
    try:
        return function(*values, **arguments)
    except StopIteration as error:
        raise RuntimeError("StopIteration") from error
