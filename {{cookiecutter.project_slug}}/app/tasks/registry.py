"""The task registry: functions by name, arguments as JSON, and attempts with a timeout and retries."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any, TypeVar
from uuid import UUID

import anyio
import anyio.to_thread
import structlog
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from pydantic_core import from_json, to_json

from app.clock import now
from app.errors import Problem, ServiceError, UnavailableError, problem
from app.logs import current_request_id
from app.settings import Settings
from .arguments import Arguments, Function
from .backend import Outcome
from .isolation import Isolation
# % if cookiecutter.auth != "none"
from .owned import run_as_owner
# % endif
from .schemas import TaskRecord, TaskState

logger = structlog.get_logger()
CountAlone = Callable[[UUID], Awaitable[int]]
"""Counts that a task is started alone, and returns how often it has been."""
F = TypeVar("F", bound=Function)
# When a process dies, any of its tasks may be why. One that has been started so often without an end runs
# alone from then on; and has failed when that does not help.
MAX_STARTS_TOGETHER = 5
MAX_STARTS_ALONE = 15
LONGEST_BACKOFF = 3600


@dataclass(frozen=True)
class RetryPolicy:
    """Decorates a task that needs other rules than these; ValidationError for impossible ones."""

    retry_on: tuple[type[Exception], ...] = ()
    """Errors after which another attempt is made."""
    max_attempts: PositiveInt = 3
    backoff: NonNegativeFloat = 1.0
    """Seconds before the second attempt, doubled for each later one, up to an hour."""
    timeout: PositiveFloat | None = None
    """Seconds for one attempt, where the setting `task_timeout` does not suit."""

    def __call__(self, function: F) -> F:
        POLICIES[function] = self
        return function


NO_RETRIES = RetryPolicy()
POLICIES: dict[Function, RetryPolicy] = {}


def name_of(function: Function) -> str:
    """Such as `orders.export_orders`: the package that the function is in, and its own name."""
    name = getattr(function, "__name__", type(function).__name__)
    return ".".join([*function.__module__.split(".")[-2:-1], name])


class ResultTooLargeError(ServiceError):
    status = 500


class TaskRegistry:
    """Every function that is defined in some modules; each gets `state` as its first argument."""

    def __init__(self, modules: Iterable[ModuleType], state: object, settings: Settings) -> None:
        self._functions: dict[str, Function] = {}
        self._arguments: dict[str, Arguments] = {}
        self._state, self._isolation = state, Isolation()
        # Those that all handlers share would not be enough for both.
        self._threads = anyio.CapacityLimiter(settings.task_concurrency)
        self._timeout, self._max_result = settings.task_timeout, settings.task_result_max_bytes
        for module in modules:
            for function in vars(module).values():
                if inspect.isfunction(function) and function.__module__ == module.__name__:
                    self._register(function)

    @property
    def names(self) -> Collection[str]:
        return self._functions.keys()

    def _register(self, function: Function) -> None:
        name = name_of(function)
        other = self._functions.setdefault(name, function)
        if other is not function:
            raise TypeError(
                f"{function.__module__} and {other.__module__} both have a task named {name}: "
                "rename one of the functions."
            )
        try:
            self._arguments[name] = Arguments(name, function)
        except Exception as error:
            raise TypeError(
                f"{name} in {function.__module__} cannot be a task: {error}. "
                "A function that is no task belongs in another module."
            ) from error

    def serialize(self, function: Function, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The name of the task and its arguments as JSON; InvalidError when it does not take them."""
        name = name_of(function)
        if self._functions.get(name) is not function:
            raise TypeError(f"{name} is not in the task registry: define it in the tasks.py of a domain.")
        return name, self._arguments[name].write(arguments)

    def context(self) -> dict[str, str]:
        """What the attempts of a task know of the request that submits it."""
        request_id = current_request_id()
        return {"request_id": request_id} if request_id else {}

    async def run_attempt(self, task: TaskRecord, count_alone: CountAlone) -> Outcome:
        """Call the function. Nothing is raised but a cancellation from outside."""
        # On a task of its own: one that cancels itself is not one that is cancelled from outside.
        run = asyncio.create_task(self._run_isolated(task, count_alone))
        try:
            return await run
        except asyncio.CancelledError as error:
            this = asyncio.current_task()
            if this and this.cancelling():
                raise
            return log_outcome(outcome_of(error, NO_RETRIES, task), task, error)

    async def _run_isolated(self, task: TaskRecord, count_alone: CountAlone) -> Outcome:
        if task.attempts - task.failures <= MAX_STARTS_TOGETHER:
            async with self._isolation.together():
                return await self._attempt(task)
        async with self._isolation.alone():
            try:
                starts = await count_alone(task.id)
            except UnavailableError:
                return Outcome(TaskState.QUEUED, due_at=now() + timedelta(seconds=1), failures=task.failures)
            return await self._attempt(task, too_often=starts > MAX_STARTS_ALONE)

    async def _attempt(self, task: TaskRecord, too_often: bool = False) -> Outcome:
        policy = policy_of(self._functions.get(task.name))
        try:
            if too_often:
                raise RuntimeError("started too often")
            # % if cookiecutter.auth != "none"
            run_as_owner(task)
            # % endif
            async with asyncio.timeout(policy.timeout or self._timeout):
                result = await self._call(task.name, task.arguments)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            return log_outcome(outcome_of(error, policy, task), task, error)
        return Outcome(TaskState.SUCCEEDED, ended_at=now(), result=result)

    async def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        function = self._functions[name]
        typed = self._arguments[name].read(arguments)
        if inspect.iscoroutinefunction(function):
            result = await function(self._state, **typed)
        else:
            call = partial(on_thread, function, self._state, **typed)
            result = await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=self._threads)
            if inspect.isawaitable(result):
                # It is a plain function around one that is async.
                result = await result
        # A result that is no JSON fails here, not where it is read.
        written = to_json(result)
        if len(written) > self._max_result:
            raise ResultTooLargeError(
                f"The result has {len(written)} bytes; TASK_RESULT_MAX_BYTES is {self._max_result}. "
                "Store it elsewhere, and return where it is."
            )
        return from_json(written, allow_inf_nan=False)


def policy_of(function: Any) -> RetryPolicy:
    """Also of a function that another decorator has wrapped since."""
    while function not in POLICIES and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return POLICIES.get(function, NO_RETRIES)


def on_thread(function: Function, /, *arguments: Any, **named: Any) -> Any:
    try:
        return function(*arguments, **named)
    except GeneratorExit as error:
        # It would close whatever waits for this thread.
        raise RuntimeError("GeneratorExit") from error


def outcome_of(error: BaseException, policy: RetryPolicy, task: TaskRecord) -> Outcome:
    failures = task.failures + 1
    if isinstance(error, policy.retry_on) and failures < policy.max_attempts:
        # Of a short one, too, no more than these come before the longest.
        delay = min(policy.backoff * 2 ** min(task.failures, 64), LONGEST_BACKOFF)
        return Outcome(TaskState.QUEUED, due_at=now() + timedelta(seconds=delay), failures=failures)
    return Outcome(TaskState.FAILED, ended_at=now(), problem=problem_of_failure(error))


def problem_of_failure(error: BaseException) -> Any:
    if isinstance(error, ServiceError):
        # What it shows may be no text, or other `errors` than records have: then it is shown without.
        for members in (error.members, {}):
            with suppress(Exception):
                found = problem(error.status, error.detail, members)
                shown = from_json(to_json(found, inf_nan_mode="null", fallback=str))
                Problem.model_validate(shown)
                return shown
    # The type of an error that is not ours helps to find what failed.
    return problem(500, f"{type(error).__name__}: the log says why, under this request ID.")


def log_outcome(outcome: Outcome, task: TaskRecord, error: BaseException) -> Outcome:
    facts = {"task": task.name, "attempt": task.attempts, "error": type(error).__name__}
    if outcome.due_at:
        logger.warning("attempt_retried", **facts, due_at=outcome.due_at.isoformat())
    else:
        logger.error("attempt_failed", **facts, exc_info=error)
    return outcome
