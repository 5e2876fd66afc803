"""What carries tasks, alone: rows that workers claim one after the other, as one writes it by hand."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.clock import new_id, now
from app.database import open_database
from app.settings import Settings
from app.state import State
from app.tasks.records import Records, Task

# How one task is submitted, and what it then takes for all to be run.
Carrier = tuple[Callable[[], Awaitable[None]], AbstractAsyncContextManager[object]]
LEASE = timedelta(minutes=1)


@contextmanager
def open_queue() -> Generator[dict[str, str]]:
    """What the environment says of the queue, beside the database."""
    yield {}


def working(_: State) -> AbstractAsyncContextManager[object]:
    """The service runs tasks as soon as it is open."""
    return nullcontext()


@asynccontextmanager
async def open_bare(settings: Settings, function: Callable[[], Awaitable[None]]) -> AsyncGenerator[Carrier]:
    async with open_database(settings) as database:
        records, due = Records(database), asyncio.Event()

        async def submit() -> None:
            about: Any = {"state": "queued", "attempts": 0, "submitted_at": now()}
            async with database.begin() as session:
                await records.add(session, [Task(id=new_id(), name="bare", arguments={}, **about)])
            due.set()

        async def work() -> None:
            while True:
                due.clear()
                while tasks := await records.claim(1, LEASE, []):
                    await function()
                    await records.end(tasks[0], {"state": "succeeded", "ended_at": now()})
                await due.wait()

        workers = [asyncio.create_task(work()) for _ in range(settings.task_concurrency)]
        yield submit, nullcontext()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
