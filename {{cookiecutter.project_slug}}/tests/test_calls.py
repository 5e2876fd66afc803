import asyncio
from types import ModuleType
from typing import Annotated, Any

import pytest
from pydantic import Field

from app import calls
from app.calls import CallPolicy, Calls, TaskState, arguments_of
from app.clock import now
from app.errors import InvalidError


def calls_of(*functions: Any, time_limit: float = 60) -> Calls:
    """Calls of these functions, as if they stood in `parcels/tasks.py`."""
    module = ModuleType("app.domains.parcels.tasks")
    for function in functions:
        function.__module__ = module.__name__
        setattr(module, function.__name__, function)
    return Calls([module], "the state", time_limit)


async def made(function: Any, attempt: int = 1, **arguments: Any) -> dict[str, Any]:
    return await calls_of(function).make(f"parcels.{function.__name__}", arguments, attempt)


def test_a_call_is_written_as_a_name_and_json() -> None:
    async def send(_: object, weight: float, tags: frozenset[str] = frozenset()) -> None: ...

    assert calls_of(send).write(send, {"weight": 1, "tags": {"a"}}) == (
        "parcels.send",
        {"weight": 1.0, "tags": ["a"]},
    )


def test_parameters_may_have_any_name() -> None:
    async def send(_: object, model_config: int, schema: int, self: int, json: int = 1) -> None: ...

    written = calls_of(send).write(send, {"model_config": 1, "schema": 2, "self": 3})[1]
    assert written == {"model_config": 1, "schema": 2, "self": 3, "json": 1}


def test_wrong_arguments_are_named_and_not_shown() -> None:
    async def send(_: object, weight: Annotated[float, Field(gt=0)]) -> None: ...

    for weight in (0, "s3cret", None, float("nan"), float("inf")):
        with pytest.raises(InvalidError) as refused:
            calls_of(send).write(send, {"weight": weight})
        (error,) = refused.value.members["errors"]
        assert (error["source"], error["pointer"]) == ("arguments", "#/weight")
        assert "s3cret" not in str(error)


def test_only_functions_of_these_modules_can_be_called() -> None:
    async def send(_: object) -> None: ...

    with pytest.raises(TypeError, match="cannot be called by its name"):
        calls_of().write(send, {})


async def test_the_state_comes_first() -> None:
    async def send(state: object) -> object:
        return state

    assert (await made(send))["result"] == "the state"


async def test_a_function_that_is_there_no_longer_has_failed() -> None:
    outcome = await calls_of().make("parcels.gone", {}, 1)
    assert outcome["state"] == TaskState.FAILED
    assert "KeyError" in outcome["problem"]["detail"]


async def test_arguments_that_an_older_release_wrote_may_not_fit_any_more() -> None:
    async def send(_: object, weight: float) -> None: ...

    assert (await made(send, mass=1))["state"] == TaskState.FAILED


async def test_back_off_doubles_up_to_an_hour() -> None:
    @CallPolicy(retry_on=(ConnectionError,), attempts=20, backoff=10)
    async def send(_: object) -> None:
        raise ConnectionRefusedError

    for attempt, seconds in ((1, 10), (2, 20), (4, 80), (19, 3600)):
        outcome = await made(send, attempt)
        assert outcome["state"] == TaskState.QUEUED
        assert seconds - 1 < (outcome["due_at"] - now()).total_seconds() <= seconds
    assert (await made(send, 20))["state"] == TaskState.FAILED


async def test_what_was_begun_too_often_is_not_begun_again() -> None:
    begun: list[int] = []

    async def send(_: object) -> None:
        begun.append(1)

    assert (await made(send, calls.MOST_ATTEMPTS))["state"] == TaskState.SUCCEEDED
    assert (await made(send, calls.MOST_ATTEMPTS + 1))["state"] == TaskState.FAILED
    assert len(begun) == 1


async def test_the_general_time_limit_holds_for_all_that_have_none() -> None:
    async def send(_: object) -> None:
        await asyncio.Event().wait()

    outcome = await calls_of(send, time_limit=0.01).make("parcels.send", {}, 1)
    assert "TimeoutError" in outcome["problem"]["detail"]


async def test_a_time_limit_may_be_an_error_that_passes() -> None:
    @CallPolicy(retry_on=(TimeoutError,), time_limit=0.01)
    async def send(_: object) -> None:
        await asyncio.Event().wait()

    assert (await made(send))["state"] == TaskState.QUEUED


async def test_a_cancellation_from_outside_is_passed_on() -> None:
    async def send(_: object) -> None:
        await asyncio.Event().wait()

    attempt = asyncio.create_task(made(send))
    await asyncio.sleep(0)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt


def test_parameters_without_a_type_take_anything() -> None:
    def send(_, anything, *, other=None): ...  # type: ignore[no-untyped-def]

    assert list(arguments_of(send).model_fields) == ["argument_anything", "argument_other"]
