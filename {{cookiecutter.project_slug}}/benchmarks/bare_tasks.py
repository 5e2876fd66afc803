"""Tasks by the service, and by hand: workers that claim one row after the other and write down its end."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.clock import new_id, now
from app.database import Database, open_database
from app.factory import open_state
from app.settings import Settings
from app.tasks.records import Records, Task

Function = Callable[..., Any]
Submit = Callable[[], Awaitable[None]]


@contextmanager
def open_queue() -> Generator[dict[str, str]]:
    """What the environment says of the queue, beside the database."""
    yield {}


@asynccontextmanager
async def open_front(settings: Settings, function: Function) -> AsyncGenerator[Submit]:
    async with open_database(settings) as database:

        async def submit() -> None:
            about: Any = {"name": f"{function.__module__}.{function.__name__}", "arguments": {}}
...
