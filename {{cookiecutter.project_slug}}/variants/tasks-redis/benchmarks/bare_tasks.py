"""What carries tasks, alone: Docket with the settings of the service; and a Redis for the benchmark."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from docket import Docket, Worker

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.settings import Settings
from app.state import State
from tests.queues import open_redis

# How one task is submitted, and what it then takes for all to be run.
Carrier = tuple[Callable[[], Awaitable[None]], AbstractAsyncContextManager[object]]


@contextmanager
def open_queue() -> Generator[dict[str, str]]:
    """What the environment says of the queue, beside the database."""
    with open_redis() as server:
        yield {"REDIS_URL": server.url}


def working(state: State) -> AbstractAsyncContextManager[object]:
    return state["tasks"].working()


@asynccontextmanager
async def open_bare(settings: Settings, function: Callable[[], Awaitable[None]]) -> AsyncGenerator[Carrier]:
    async with Docket("bare", settings.redis_url, execution_ttl=timedelta(0)) as docket:
        docket.register(function)

        async def submit() -> None:
            await docket.add(function)()

        @asynccontextmanager
        async def workers() -> AsyncGenerator[None]:
            interval = timedelta(milliseconds=25)
            worker = Worker(docket, concurrency=settings.task_concurrency, minimum_check_interval=interval)
            async with worker:
                run = asyncio.create_task(worker.run_forever())
                yield
                run.cancel()

        yield submit, workers()
