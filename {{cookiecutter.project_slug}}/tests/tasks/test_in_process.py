import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest

from app.clock import new_id, now
from app.errors import UnavailableError
from app.settings import Settings
from app.tasks import TaskRegistry
from app.tasks.backend import Outcome, Task
from app.tasks.in_process import InProcessBackend, open_in_process
from tests.support.probe import tasks as probe

LEASE = 1.0


class FakeStore:
    """Gives out the tasks of a test, notes when it was called, and fails once where the test says so."""

    durable = True

    def __init__(self) -> None:
        self.queued: list[Task] = []
        self.cancelled: set[UUID] = set()
        self.outcomes: list[Outcome] = []
        self.called: dict[str, list[float]] = {"claim": [], "renew": [], "expire": [], "finish": []}
        self.errors: dict[str, BaseException] = {}

    def note(self, name: str) -> None:
        self.called[name].append(monotonic())
        if error := self.errors.pop(name, None):
            raise error

    async def claim(self, *_: object) -> Sequence[Task]:
        self.note("claim")
        claimed, self.queued = self.queued, []
        return claimed

    async def renew(self, attempts: Mapping[UUID, int], _: object) -> Mapping[UUID, bool]:
        self.note("renew")
        return {id: id in self.cancelled for id in attempts}

    async def expire(self, _: object) -> None:
        self.note("expire")

    async def finish(self, _: Task, outcome: Outcome) -> None:
        self.note("finish")
        self.outcomes.append(outcome)

    async def cancel(self, id: UUID) -> None:
        self.cancelled.add(id)


async def until(done: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
def lease() -> float:
    return LEASE


@pytest.fixture
def store() -> Any:
    return FakeStore()


@pytest.fixture
async def backend(settings: Settings, store: Any, lease: float) -> AsyncIterator[InProcessBackend]:
    settings = settings.model_copy(update={"task_lease": lease, "task_grace": 0})
    async with open_in_process(settings, TaskRegistry([probe], None, 60), store) as backend:
        yield backend


def task(name: str, **arguments: Any) -> Task:
    return Task(id=new_id(), name=f"probe.{name}", arguments=arguments, submitted_at=now())


@pytest.mark.usefixtures("backend")
async def test_leases_are_renewed_several_times_before_they_end(store: FakeStore) -> None:
    await until(lambda: len(store.called["renew"]) > 2)
    first, *_, third = store.called["renew"][:3]
    assert third - first < LEASE


@pytest.mark.usefixtures("backend")
async def test_after_an_outage_no_task_is_started_for_one_lease(store: FakeStore) -> None:
    await until(lambda: store.called["claim"])
    store.errors["renew"] = OSError("lost")
    await until(lambda: not store.errors)
    ended = monotonic()
    started = len(store.called["claim"])
    await until(lambda: len(store.called["claim"]) > started)
    assert monotonic() - ended > 0.9 * LEASE
    assert len(store.called["renew"]) > 4


@pytest.mark.usefixtures("backend")
async def test_an_outcome_that_could_not_be_stored_is_stored_later(store: FakeStore) -> None:
    store.errors["finish"] = UnavailableError("lost")
    store.queued.append(task("echo", value=1))
    await until(lambda: store.outcomes)
    assert [(outcome.state, outcome.result) for outcome in store.outcomes] == [("succeeded", 1)]


async def test_a_backend_whose_loop_has_ended_is_not_ready(
    backend: InProcessBackend, store: FakeStore
) -> None:
    await until(lambda: store.called["expire"])
    await backend.check()
    store.errors["expire"] = asyncio.CancelledError()
    await until(lambda: not store.errors)
    with pytest.raises(RuntimeError, match="has ended"):
        await backend.check()


class TestLongLease:
    @pytest.fixture
    def lease(self) -> float:
        return 600

    @pytest.fixture
    def held(self, store: FakeStore, tmp_path: Path) -> Task:
        store.queued.append(task("hold", folder=str(tmp_path)))
        return store.queued[0]

    async def test_a_running_task_is_cancelled_at_once(
        self, held: Task, backend: InProcessBackend, store: FakeStore, tmp_path: Path
    ) -> None:
        await until(lambda: probe.notes(tmp_path, "started"))
        await backend.cancel(held.id)
        await until(lambda: store.outcomes)
        assert [outcome.state for outcome in store.outcomes] == ["cancelled"]
