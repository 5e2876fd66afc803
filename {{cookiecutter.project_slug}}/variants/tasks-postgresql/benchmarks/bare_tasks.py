"""The yardstick of tasks: Procrastinate alone, with the same settings."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from procrastinate import App, PsycopgConnector
from sqlalchemy.engine import make_url

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.settings import Settings
from app.worker import open_worker

# The service with everything that runs tasks.
open_service = open_worker
Submit = Callable[[], Awaitable[None]]


@contextmanager
def open_queue() -> Generator[dict[str, str]]:
    """What the environment says of the queue, beside the database."""
    yield {}


@asynccontextmanager
async def open_bare(settings: Settings, function: Callable[[], Awaitable[None]]) -> AsyncGenerator[Submit]:
    address = make_url(settings.database_url).set(drivername="postgresql").render_as_string(False)
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=5))
    task = app.task(name="bare", queue="bare")(function)

    async def submit() -> None:
        await task.defer_async()

    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                ["bare"], concurrency=settings.task_concurrency, install_signal_handlers=False
            )
        )
        yield submit
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
