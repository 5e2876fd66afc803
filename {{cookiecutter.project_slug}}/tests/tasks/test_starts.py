"""A process that is stopped while it starts: it ends, and leaves nothing that its loop would wait for."""

import asyncio
import os
import random

from app.factory import open_state
from app.settings import Settings

STARTS = int(os.environ.get("STARTS", "25"))


async def start_and_stop(settings: Settings, delay: float) -> None:
    async with open_state(settings) as state, state["tasks"].working():
        await asyncio.sleep(delay)


def test_a_process_that_is_stopped_while_it_starts_ends(settings: Settings) -> None:
    moments = random.Random(1)
    for _ in range(STARTS):
        asyncio.run(start_and_stop(settings, moments.uniform(0, 0.1)))
