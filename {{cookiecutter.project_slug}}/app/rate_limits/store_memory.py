"""Counters of this process alone: with several processes, each allows as many."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import islice

from app.settings import Settings
from .limits import RateLimits

# Some ten megabytes. When there are more, the oldest begin again.
MAX_COUNTERS = 100_000


class MemoryCounters:
    def __init__(self) -> None:
        self._windows: dict[int, dict[str, tuple[int, float]]] = {}

    async def count(self, key: str, seconds: int) -> tuple[int, float]:
        # Windows of the same length end in the order in which they began.
        counters, now = self._windows.setdefault(seconds, {}), time.monotonic()
        for old in list(islice(counters, 2)):
            if counters[old][1] <= now or len(counters) > MAX_COUNTERS:
                del counters[old]
        count, end = counters.get(key, (0, now + seconds))
        if end <= now:
            del counters[key]
            count, end = 0, now + seconds
        counters[key] = count + 1, end
        return count + 1, end - now


@asynccontextmanager
async def open_rate_limits(_: Settings) -> AsyncGenerator[RateLimits]:
    yield RateLimits(MemoryCounters())
