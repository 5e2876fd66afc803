import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog

from app.errors import ConflictError, UnavailableError
from app.settings import Settings
from app.tasks import TaskEngine, TaskRecord, TaskState, engine, open_tasks
from app.tasks.models import Job, TaskFunction


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"task_concurrency": 2, "task_queue_size": 3, "task_grace": 0.5})


@pytest.fixture
async def tasks(settings: Settings) -> AsyncIterator[TaskEngine]:
    async with open_tasks(settings, "the state") as tasks:
        yield tasks


def job(function: TaskFunction, **arguments: Any) -> Job:
    return Job(TaskRecord(name="tests.job"), function, arguments, "abc")


async def ended(record: TaskRecord) -> TaskRecord:
    for _ in range(1000):
        if record.ended_at:
            return record
        await asyncio.sleep(0.001)
    raise TimeoutError


async def add(_: object, left: int, right: int) -> int:
    return left + right


async def nothing(_: object) -> None: ...


async def hang(_: object) -> None:
    await asyncio.Event().wait()


async def test_a_task_gets_the_state_and_its_arguments(tasks: TaskEngine) -> None:
    async def describe(state: str, name: str) -> dict[str, str]:
        return {"state": state, "name": name}

    work = job(describe, name="x")
    tasks.put([work])
    assert tasks.get(work.record.id) is work.record
    record = await ended(work.record)
    assert (record.state, record.result) == (TaskState.SUCCEEDED, {"state": "the state", "name": "x"})
    times = [record.submitted_at, record.started_at, record.ended_at]
    assert times == sorted(filter(None, times))


async def test_a_failed_task_says_what_may_be_said(tasks: TaskEngine) -> None:
    async def conflict(_: object) -> None:
        raise ConflictError("Taken.")

    async def broken(_: object) -> None:
        raise RuntimeError("s3cret")

    jobs = [job(conflict), job(broken)]
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        tasks.put(jobs)
        expected, unexpected = [await ended(work.record) for work in jobs]
    assert expected.state is unexpected.state is TaskState.FAILED
    assert expected.problem
    assert unexpected.problem
    assert (expected.problem.status, expected.problem.detail) == (409, "Taken.")
    assert (unexpected.problem.status, unexpected.problem.request_id) == (500, "abc")
    assert "s3cret" not in unexpected.model_dump_json()
    assert {line["request_id"] for line in lines} == {"abc"}


async def test_a_result_that_is_no_json_is_a_failure(tasks: TaskEngine) -> None:
    async def odd(_: object) -> object:
        return object()

    work = job(odd)
    tasks.put([work])
    assert (await ended(work.record)).state is TaskState.FAILED


async def test_only_so_many_tasks_run_at_the_same_time(tasks: TaskEngine) -> None:
    jobs = [job(hang) for _ in range(3)]
    tasks.put(jobs)
    await asyncio.sleep(0.01)
    assert [work.record.state for work in jobs] == [TaskState.RUNNING, TaskState.RUNNING, TaskState.QUEUED]


async def test_a_full_queue_takes_all_jobs_of_a_request_or_none(tasks: TaskEngine) -> None:
    tasks.put([job(hang), job(hang)])
    refused = [job(add), job(add)]
    with pytest.raises(UnavailableError):
        tasks.put(refused)
    assert not any(tasks.get(work.record.id) for work in refused)


async def test_a_stop_waits_for_accepted_tasks(settings: Settings) -> None:
    async def slow(_: object) -> str:
        await asyncio.sleep(0.05)
        return "done"

    jobs = [job(slow) for _ in range(3)]
    async with open_tasks(settings, None) as tasks:
        tasks.put(jobs)
    assert [work.record.result for work in jobs] == ["done"] * 3


async def test_a_stop_does_not_wait_for_ever_and_names_what_is_lost(settings: Settings) -> None:
    work = job(hang)
    with structlog.testing.capture_logs() as lines:
        async with open_tasks(settings, None) as tasks:
            tasks.put([work])
    assert [line["tasks"] for line in lines if line["event"] == "tasks lost"] == [[str(work.record.id)]]


async def test_an_engine_whose_workers_have_ended_is_not_ready(settings: Settings) -> None:
    async with open_tasks(settings, None) as tasks:
        await tasks.check()
    with pytest.raises(RuntimeError):
        await tasks.check()


async def test_only_the_oldest_ended_tasks_are_forgotten(
    tasks: TaskEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "RECORDS_KEPT", 2)
    running, *later = (job(function) for function in (hang, nothing, nothing, nothing))
    tasks.put([running])
    for work in later:
        tasks.put([work])
        await ended(work.record)
    kept = [tasks.get(work.record.id) for work in (running, *later)]
    assert [record is not None for record in kept] == [True, False, False, True]
