"""What carries tasks, alone: Procrastinate with the settings of the service."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

from procrastinate import App, PsycopgConnector
from sqlalchemy.engine import make_url

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.settings import Settings
from app.state import State

# How one task is submitted, and what it then takes for all to be run.
Carrier = tuple[Callable[[], Awaitable[None]], AbstractAsyncContextManager[object]]


@contextmanager
def open_queue() -> Generator[dict[str, str]]:
    """What the environment says of the queue, beside the database."""
    yield {}


def working(state: State) -> AbstractAsyncContextManager[object]:
    return state["tasks"].working()


@asynccontextmanager
async def open_bare(settings: Settings, function: Callable[[], Awaitable[None]]) -> AsyncGenerator[Carrier]:
    address = make_url(settings.database_url).set(drivername="postgresql").render_as_string(False)
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=5))
    task = app.task(name="bare", queue="bare")(function)

    async def submit() -> None:
        await task.defer_async()

    @asynccontextmanager
    async def workers() -> AsyncGenerator[None]:
        options = {"concurrency": settings.task_concurrency, "install_signal_handlers": False}
        run = asyncio.create_task(app.run_worker_async(queues=["bare"], **options))
        yield
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    async with app.open_async():
        yield submit, workers()
