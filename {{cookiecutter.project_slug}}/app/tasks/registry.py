"""The task registry: functions by name, arguments as JSON, and attempts with a timeout and retries."""

import asyncio
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from types import ModuleType
from typing import Any, TypeVar

import anyio.to_thread
import structlog
from pydantic import BaseModel, Field, ValidationError, create_model
from pydantic_core import from_json, to_json

from app.clock import now
from app.errors import InvalidError, ServiceError, invalid_field, problem, problem_of
from .backend import Outcome
from .metrics import TASK_DURATION, TASKS_RUNNING
from .schemas import TaskState

logger = structlog.get_logger()
Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
# A task that has been started so often and never ended takes its process with it: it has failed.
MAX_STARTS = 20
LONGEST_BACKOFF = 3600


@dataclass(frozen=True)
class RetryPolicy:
    """Decorates a task that needs other rules than these."""

    retry_on: tuple[type[Exception], ...] = ()
    """Errors after which another attempt is made."""
    max_attempts: int = 3
    backoff: float = 1.0
    """Seconds before the second attempt, doubled for each later one, up to an hour."""
    timeout: float | None = None
    """Seconds for one attempt, where the setting `task_timeout` does not suit."""

    def __call__(self, function: F) -> F:
        POLICIES[function] = self
        return function


POLICIES: dict[Function, RetryPolicy] = {}


def name_of(function: Function) -> str:
    """Such as `orders.export_orders`: the package that the function is in, and its own name."""
    name = getattr(function, "__name__", type(function).__name__)
    return ".".join([*function.__module__.split(".")[-2:-1], name])


@cache
def arguments_of(function: Function) -> type[BaseModel]:
    """A model of every parameter but the first; no name of a field can clash with one of pydantic's."""
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function, eval_str=True).parameters.items())[1:]:
        default = ... if parameter.default is parameter.empty else parameter.default
        annotation = Any if parameter.annotation is parameter.empty else parameter.annotation
        fields[f"argument_{name}"] = (annotation, Field(default, alias=name))
    return create_model("Arguments", __config__={"extra": "forbid", "allow_inf_nan": False}, **fields)


class TaskRegistry:
    """Every function that is defined in some modules; each gets `state` as its first argument."""

    def __init__(self, modules: Iterable[ModuleType], state: object, timeout: float) -> None:
        self._functions: dict[str, Function] = {}
        self._state = state
        self._timeout = timeout
        for module in modules:
            for function in vars(module).values():
                if inspect.isfunction(function) and function.__module__ == module.__name__:
                    self._register(function)

    def _register(self, function: Function) -> None:
        other = self._functions.setdefault(name_of(function), function)
        if other is not function:
            raise TypeError(
                f"{function.__module__} and {other.__module__} both have a task named {name_of(function)}: "
                "rename one of the functions."
            )

    def serialize(self, function: Function, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The name of the task and its arguments as JSON; InvalidError when it does not take them."""
        name = name_of(function)
        if self._functions.get(name) is not function:
            raise TypeError(f"{name} is not in the task registry: define it in the tasks.py of a domain.")
        try:
            checked = arguments_of(function)(**arguments)
        except ValidationError as error:
            errors = [invalid_field({**each, "loc": ("arguments", *each["loc"])}) for each in error.errors()]
            detail = "The task does not take these arguments: see `errors`."
            raise InvalidError(detail, errors=errors) from None
        return name, checked.model_dump(mode="json", by_alias=True)

    async def run_attempt(self, name: str, arguments: dict[str, Any], attempt: int) -> Outcome:
        """Call the function. Nothing is raised but a cancellation from outside."""
        policy = POLICIES.get(self._functions.get(name, name_of), RetryPolicy())
        try:
            if attempt > MAX_STARTS:
                raise RuntimeError("started too often")
            with TASKS_RUNNING.labels(name).track_inprogress(), TASK_DURATION.labels(name).time():
                async with asyncio.timeout(policy.timeout or self._timeout):
                    result = await self._call(name, arguments)
        except BaseException as error:
            this = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and this and this.cancelling():
                raise
            logger.exception("attempt_failed", task=name, attempt=attempt)
            return outcome_of(error, policy, attempt)
        return Outcome(TaskState.SUCCEEDED, ended_at=now(), result=result)

    async def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        function = self._functions[name]
        typed = {key.removeprefix("argument_"): value for key, value in arguments_of(function)(**arguments)}
        if inspect.iscoroutinefunction(function):
            result = await function(self._state, **typed)
        else:
            call = partial(function, self._state, **typed)
            result = await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
        # A result that is no JSON fails here, not where it is read.
        return from_json(to_json(result), allow_inf_nan=False)


def outcome_of(error: BaseException, policy: RetryPolicy, attempt: int) -> Outcome:
    if isinstance(error, policy.retry_on) and attempt < policy.max_attempts:
        delay = min(policy.backoff * 2 ** (attempt - 1), LONGEST_BACKOFF)
        return Outcome(TaskState.QUEUED, due_at=now() + timedelta(seconds=delay))
    # The type of an error that is not ours helps to find what failed.
    failure = problem(500, f"{type(error).__name__}: the log says why, under this request ID.")
    shown = problem_of(error) if isinstance(error, ServiceError) else failure
    shown = from_json(to_json(shown, inf_nan_mode="null", fallback=str))
    return Outcome(TaskState.FAILED, ended_at=now(), problem=shown)
