import asyncio
import threading
from datetime import datetime
from functools import wraps
from types import ModuleType
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from app.clock import now
from app.errors import InvalidError
from app.settings import Settings
from app.tasks import RetryPolicy, TaskRecord, TaskRegistry
from app.tasks import registry as registry_module
from app.tasks.backend import Outcome
from app.tasks.schemas import TaskState


def registry_of(*functions: Any, **settings: Any) -> TaskRegistry:
    """Of these functions, as if they were defined in `parcels/tasks.py`."""
    module = ModuleType("app.domains.parcels.tasks")
    for function in functions:
        function.__module__ = module.__name__
        setattr(module, function.__name__, function)
    return TaskRegistry([module], "the state", Settings(_env_file=None, **settings))


async def run(
    registry: TaskRegistry, name: str, starts: int = 1, failures: int = 0, /, **arguments: Any
) -> Outcome:
    """The outcome of an attempt after so many starts; those that were not failures were interrupted."""

    async def count_alone(_: UUID) -> int:
        return starts - registry_module.MAX_STARTS_TOGETHER

    task = TaskRecord(
        name=f"parcels.{name}", arguments=arguments, attempts=starts + failures, failures=failures
    )
    return await registry.run_attempt(task, count_alone)


async def outcome_of(function: Any, starts: int = 1, failures: int = 0, **arguments: Any) -> Outcome:
    return await run(registry_of(function), function.__name__, starts, failures, **arguments)


def test_a_task_is_serialized_as_a_name_and_json() -> None:
    async def send(_: object, weight: float, tags: frozenset[str] = frozenset()) -> None: ...

    assert registry_of(send).serialize(send, {"weight": 1, "tags": {"a"}}) == (
        "parcels.send",
        {"weight": 1.0, "tags": ["a"]},
    )


def test_parameters_may_have_any_name() -> None:
    async def send(_: object, model_config: int, schema: int, self: int, json: int = 1) -> None: ...

    serialized = registry_of(send).serialize(send, {"model_config": 1, "schema": 2, "self": 3})[1]
    assert serialized == {"model_config": 1, "schema": 2, "self": 3, "json": 1}


def test_wrong_arguments_are_named_and_not_shown() -> None:
    async def send(_: object, weight: Annotated[float, Field(gt=0)]) -> None: ...

    for weight in (0, "s3cret", None, float("nan"), float("inf")):
        with pytest.raises(InvalidError) as refused:
            registry_of(send).serialize(send, {"weight": weight})
        (error,) = refused.value.members["errors"]
        assert (error["source"], error["pointer"]) == ("arguments", "#/weight")
        assert "s3cret" not in str(error)


def test_only_functions_of_these_modules_are_in_the_registry() -> None:
    async def send(_: object) -> None: ...

    with pytest.raises(TypeError, match="is not in the task registry"):
        registry_of().serialize(send, {})


def test_two_tasks_with_one_name_stop_the_start() -> None:
    async def send(_: object) -> None: ...

    async def other(_: object) -> None: ...

    first, second = ModuleType("app.parcels.tasks"), ModuleType("app.domains.parcels.tasks")
    for module, function in ((first, send), (second, other)):
        function.__module__, function.__name__ = module.__name__, "send"
        vars(module)["send"] = function
    with pytest.raises(TypeError, match=r"both have a task named parcels\.send: rename"):
        TaskRegistry([first, second], None, Settings(_env_file=None))


async def test_the_state_comes_first() -> None:
    async def send(state: object) -> object:
        return state

    assert (await outcome_of(send)).result == "the state"


async def test_arguments_keep_their_types_and_defaults() -> None:
    class Item(BaseModel):
        name: str

    async def send(
        _: object, id: UUID, at: datetime, item: Item, counts: dict[str, int] | None = None
    ) -> Any:
        return [type(value).__name__ for value in (id, at, item, counts)]

    given = {"id": str(uuid4()), "at": "2026-01-01T12:00:00Z", "item": {"name": "first"}}
    serialized = registry_of(send).serialize(send, given)[1]
    assert (await outcome_of(send, **serialized)).result == ["UUID", "datetime", "Item", "NoneType"]


@pytest.mark.parametrize("value", [object(), float("nan"), 10**5000], ids=["object", "NaN", "huge"])
async def test_a_result_that_is_no_json_is_a_failure(value: object) -> None:
    async def send(_: object) -> object:
        return value

    outcome = await outcome_of(send)
    assert (outcome.state, outcome.result) == (TaskState.FAILED, None)


async def test_a_result_that_is_too_large_is_a_failure_that_says_so() -> None:
    async def send(_: object, size: int) -> str:
        return "x" * size

    registry = registry_of(send, task_result_max_bytes=100)
    assert (await run(registry, "send", size=98)).state == TaskState.SUCCEEDED
    outcome = await run(registry, "send", size=99)
    assert (outcome.state, outcome.result) == (TaskState.FAILED, None)
    assert "The result has 101 bytes; TASK_RESULT_MAX_BYTES is 100" in outcome.problem["detail"]


async def test_a_plain_function_runs_on_a_thread() -> None:
    def send(_: object) -> bool:
        return threading.current_thread() is threading.main_thread()

    assert (await outcome_of(send)).result is False


@pytest.mark.parametrize("error", [StopIteration, GeneratorExit, SystemExit])
async def test_whatever_is_raised_on_a_thread_ends_the_attempt(error: type[BaseException]) -> None:
    def send(_: object) -> None:
        raise error

    assert (await outcome_of(send)).state == TaskState.FAILED


async def test_tasks_on_threads_take_no_thread_of_a_handler() -> None:
    started, go = list[int](), threading.Event()

    def send(_: object) -> None:
        started.append(1)
        go.wait(30)

    registry = registry_of(send, task_concurrency=50)
    attempts = [asyncio.create_task(run(registry, "send")) for _ in range(50)]
    try:
        async with asyncio.timeout(20):
            while len(started) < 50:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await run_in_threadpool(go.is_set)
    finally:
        go.set()
        await asyncio.gather(*attempts)


async def test_a_decorator_above_a_retry_policy_changes_nothing_of_it() -> None:
    @RetryPolicy(retry_on=(ConnectionError,))
    async def send(_: object) -> None:
        raise ConnectionError

    @wraps(send)
    def traced(*arguments: Any, **named: Any) -> Any:
        return send(*arguments, **named)

    assert (await outcome_of(traced)).state == TaskState.QUEUED


@pytest.mark.parametrize(
    "rules", [{"retry_on": ConnectionError}, {"max_attempts": 0}, {"backoff": -1}, {"timeout": 0}]
)
def test_a_retry_policy_that_is_none_is_refused_where_it_is_written(rules: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(rules))):
        RetryPolicy(**rules)


async def test_the_errors_of_a_retry_policy_may_be_a_list() -> None:
    errors: Any = [ConnectionError]

    @RetryPolicy(retry_on=errors)
    async def send(_: object) -> None:
        raise ConnectionError

    assert (await outcome_of(send)).state == TaskState.QUEUED


async def test_a_function_that_is_there_no_longer_has_failed() -> None:
    outcome = await run(registry_of(), "gone")
    assert outcome.state == TaskState.FAILED
    assert "KeyError" in str(outcome.problem)


async def test_arguments_of_an_older_release_that_do_not_fit_fail() -> None:
    async def send(_: object, weight: float) -> None: ...

    assert (await outcome_of(send, mass=1)).state == TaskState.FAILED


async def test_the_backoff_doubles_up_to_an_hour() -> None:
    @RetryPolicy(retry_on=(ConnectionError,), max_attempts=3000, backoff=10)
    async def send(_: object) -> None:
        raise ConnectionRefusedError

    for failures, seconds in ((0, 10), (1, 20), (3, 80), (18, 3600), (2000, 3600)):
        outcome = await outcome_of(send, failures=failures)
        assert (outcome.state, outcome.failures) == (TaskState.QUEUED, failures + 1)
        assert seconds - 1 < ((outcome.due_at or now()) - now()).total_seconds() <= seconds
    assert (await outcome_of(send, failures=2999)).state == TaskState.FAILED


async def test_starts_without_an_end_do_not_count_as_failures() -> None:
    @RetryPolicy(retry_on=(ConnectionError,), max_attempts=2)
    async def send(_: object) -> None:
        raise ConnectionError

    assert (await outcome_of(send, starts=5)).state == TaskState.QUEUED
    assert (await outcome_of(send, starts=5, failures=1)).state == TaskState.FAILED


async def test_by_default_there_are_three_attempts_a_second_apart_at_first() -> None:
    @RetryPolicy(retry_on=(ConnectionError,))
    async def send(_: object) -> None:
        raise ConnectionError

    for failures, seconds in ((0, 1), (1, 2)):
        due_at = (await outcome_of(send, failures=failures)).due_at or now()
        assert seconds - 0.9 < (due_at - now()).total_seconds() <= seconds
    assert (await outcome_of(send, failures=2)).state == TaskState.FAILED


async def test_a_task_that_was_started_too_often_is_not_started_again() -> None:
    started: list[int] = []

    async def send(_: object) -> None:
        started.append(1)

    last = registry_module.MAX_STARTS_TOGETHER + registry_module.MAX_STARTS_ALONE
    assert (await outcome_of(send, last)).state == TaskState.SUCCEEDED
    assert (await outcome_of(send, last + 1)).state == TaskState.FAILED
    assert len(started) == 1


async def test_a_task_that_may_have_killed_processes_runs_alone() -> None:
    running: list[str] = []
    seen: list[list[str]] = []

    async def send(_: object, name: str) -> None:
        running.append(name)
        seen.append([*running])
        await asyncio.sleep(0.01)
        running.remove(name)

    registry = registry_of(send)
    suspicious = registry_module.MAX_STARTS_TOGETHER + 1
    starts = {"a": 1, "b": 1, "c": suspicious, "d": suspicious, "e": 1}
    await asyncio.gather(*(run(registry, "send", starts[name], name=name) for name in starts))
    assert seen == [["a"], ["a", "b"], ["c"], ["d"], ["e"]]


async def test_a_task_that_waits_to_run_alone_can_be_cancelled() -> None:
    async def send(_: object) -> None:
        await asyncio.sleep(0.01)

    registry = registry_of(send)
    first = asyncio.create_task(run(registry, "send"))
    waiting = asyncio.create_task(run(registry, "send", registry_module.MAX_STARTS_TOGETHER + 1))
    await asyncio.sleep(0)
    waiting.cancel()
    assert (await first).state == TaskState.SUCCEEDED
    assert (await asyncio.wait_for(run(registry, "send"), 10)).state == TaskState.SUCCEEDED


async def test_the_general_timeout_holds_for_tasks_without_one() -> None:
    async def send(_: object) -> None:
        await asyncio.Event().wait()

    outcome = await run(registry_of(send, task_timeout=0.1), "send")
    assert "TimeoutError" in str(outcome.problem)


async def test_a_timeout_may_be_retried() -> None:
    @RetryPolicy(retry_on=(TimeoutError,), timeout=0.01)
    async def send(_: object) -> None:
        await asyncio.Event().wait()

    assert (await outcome_of(send)).state == TaskState.QUEUED


async def test_a_cancellation_from_outside_is_passed_on() -> None:
    async def send(_: object) -> None:
        await asyncio.Event().wait()

    attempt = asyncio.create_task(outcome_of(send))
    await asyncio.sleep(0)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt


def test_parameters_without_a_type_take_anything() -> None:
    def send(_, anything, *, other=None): ...  # type: ignore[no-untyped-def]

    assert registry_of(send).serialize(send, {"anything": [1]})[1] == {"anything": [1], "other": None}
