"""The yardstick of tasks: Docket alone, with the same settings; and a Redis for the benchmark."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from docket import Docket, Worker

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.settings import Settings
from app.worker import open_worker
from tests.queues import RedisServer

# The service with everything that runs tasks.
open_service = open_worker
Submit = Callable[[], Awaitable[None]]


@contextmanager
def open_queue() -> Generator[dict[str, str]]:
    """What the environment says of the queue, beside the database."""
    with open_redis() as server:
        yield {"REDIS_URL": server.url}


@asynccontextmanager
async def open_bare(settings: Settings, function: Callable[[], Awaitable[None]]) -> AsyncGenerator[Submit]:
    async with Docket("bare", settings.redis_url, execution_ttl=timedelta(0)) as docket:
        docket.register(function)

        async def submit() -> None:
            await docket.add(function)()

        options = {"schedule_automatic_tasks": False, "minimum_check_interval": timedelta(milliseconds=25)}
        async with Worker(docket, concurrency=settings.task_concurrency, **options) as worker:
            run = asyncio.create_task(worker.run_forever())
            yield submit
            run.cancel()
