from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from app.clock import new_id, now
from app.database import open_database
from app.settings import Settings
from app.tasks.backend import Outcome, Task
from app.tasks.in_process_sql import SqlLeaseStore
from app.tasks.schemas import TaskState

LEASE, NONE = timedelta(minutes=1), timedelta()
DONE = Outcome(TaskState.SUCCEEDED, ended_at=now(), result="done")


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[SqlLeaseStore]:
    async with open_database(settings) as database:
        yield SqlLeaseStore(database)


async def add(store: SqlLeaseStore, **fields: Any) -> Task:
    task = Task(id=new_id(), name="probe.echo", arguments={}, submitted_at=now(), **fields)
    async with store.begin() as session:
        await store.add(session, [task])
    return task


async def state_of(store: SqlLeaseStore, task: Task) -> tuple[str, Any]:
    found = await store.get(task.id)
    assert found
    return found.state, found.result


async def test_a_claimed_task_is_running_and_claimed_by_no_other_process(store: SqlLeaseStore) -> None:
    added = [await add(store) for _ in range(3)]
    claimed = await store.claim(2, LEASE, ())
    assert {task.id for task in claimed} == {task.id for task in added[:2]}
    assert {(task.state, task.attempts) for task in claimed} == {(TaskState.RUNNING, 1)}
    assert all(task.started_at for task in claimed)
    assert [task.id for task in await store.claim(9, LEASE, ())] == [added[2].id]


async def test_the_task_that_was_due_first_is_claimed_first(store: SqlLeaseStore) -> None:
    added = [await add(store) for _ in range(2)]
    for task in await store.claim(2, LEASE, ()):
        due_at = now() - timedelta(seconds=1 if task.id == added[0].id else 2)
        await store.finish(task, Outcome(TaskState.QUEUED, due_at=due_at))
    assert [task.id for task in await store.claim(1, LEASE, ())] == [added[1].id]


async def test_a_task_that_is_due_later_waits(store: SqlLeaseStore) -> None:
    await add(store)
    [task] = await store.claim(1, LEASE, ())
    await store.finish(task, Outcome(TaskState.QUEUED, due_at=now() + LEASE))
    assert await store.claim(1, LEASE, ()) == []


async def test_a_task_whose_lease_has_ended_is_claimed_again_but_not_by_its_own_process(
    store: SqlLeaseStore,
) -> None:
    task = await add(store)
    await store.claim(1, NONE, ())
    assert await store.claim(1, NONE, {task.id}) == []
    assert [again.attempts for again in await store.claim(1, NONE, ())] == [2]


async def test_a_late_end_of_an_earlier_attempt_changes_nothing(store: SqlLeaseStore) -> None:
    await add(store)
    [first] = await store.claim(1, NONE, ())
    [second] = await store.claim(1, NONE, ())
    await store.finish(first, DONE)
    assert await state_of(store, first) == ("running", None)
    await store.finish(second, DONE)
    await store.finish(second, Outcome(TaskState.FAILED, ended_at=now()))
    assert await state_of(store, second) == ("succeeded", "done")


async def test_a_renewed_lease_keeps_the_task_of_this_attempt(store: SqlLeaseStore) -> None:
    task = await add(store)
    await store.claim(1, NONE, ())
    assert await store.renew({task.id: 2}, LEASE) == {}
    assert await store.renew({task.id: 1}, LEASE) == {task.id: False}
    assert await store.claim(1, LEASE, ()) == []
    await store.cancel(task.id)
    assert await store.renew({task.id: 1}, LEASE) == {task.id: True}


async def test_a_queued_task_that_is_cancelled_never_runs_and_an_ended_one_stays(
    store: SqlLeaseStore,
) -> None:
    ended = await add(store)
    [claimed] = await store.claim(1, LEASE, ())
    await store.finish(claimed, DONE)
    queued = await add(store)
    for task in (ended, queued):
        await store.cancel(task.id)
    assert await state_of(store, ended) == ("succeeded", "done")
    assert await state_of(store, queued) == ("cancelled", None)
    assert await store.claim(1, LEASE, ()) == []


async def test_tasks_that_ended_longer_ago_than_the_ttl_go(store: SqlLeaseStore) -> None:
    old, young, queued = [
        await add(store, state=state, ended_at=ended_at)
        for state, ended_at in (
            (TaskState.SUCCEEDED, now() - 1.5 * LEASE),
            (TaskState.FAILED, now()),
            (TaskState.QUEUED, None),
        )
    ]
    await store.expire(LEASE)
    assert await store.get(old.id) is None
    assert await store.list(9, None, None) == [young, queued]


async def test_tasks_are_found_by_their_state_and_counted_by_their_name(store: SqlLeaseStore) -> None:
    first, second = await add(store), await add(store, idempotency_key="once")
    failed = await add(store, state=TaskState.FAILED, ended_at=now())
    assert await store.list(2, None, None) == [first, second]
    assert await store.list(9, first.id, None) == [second, failed]
    assert await store.list(9, None, TaskState.FAILED) == [failed]
    assert await store.count_queued() == {"probe.echo": 2}
    assert await store.find("once") == second
    assert await store.find("never") is None
