"""How many requests a client may send in a window of time, which begins with the first one that counts."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from itertools import islice
from math import ceil
from typing import Protocol

from fastapi import HTTPException
from starlette.types import Scope

from .settings import Settings

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
# Some ten megabytes. When there are more, the oldest begin again.
MAX_COUNTERS = 100_000


class Counters(Protocol):
    async def count(self, key: str, seconds: int) -> tuple[int, float]:
        """One more: how many there are in this window, and in how many seconds it ends."""


class RateLimits:
    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def hit(self, name: str, rate: str, *key: str) -> dict[str, str]:
        """Headers for the response; a 429 when this is one too many. Each name has counters of its own."""
        limit, seconds = parse(rate)
        count, left = await self._counters.count(" ".join([name, *key]), seconds)
        end = max(ceil(left), 1)
        headers = {
            "RateLimit-Policy": f'"{name}";q={limit};w={seconds}',
            "RateLimit": f'"{name}";r={max(limit - count, 0)};t={end}',
        }
        if count > limit:
            detail = f"More than {rate.replace('/', ' requests per ')}. Try again in {end} seconds."
            raise HTTPException(429, detail, {**headers, "Retry-After": str(end)})
        return headers


async def admit(scope: Scope, name: str, rate: str, key: str) -> None:
    """A request or a handshake; its response says how many more may follow."""
    headers = await scope["state"]["rate_limits"].hit(name, rate, key)
    raw = [(field.lower().encode(), value.encode()) for field, value in headers.items()]
    scope.setdefault("response_headers", []).extend(raw)


@cache
def parse(rate: str) -> tuple[int, int]:
    """How many requests, in how many seconds: `100/minute`."""
    limit, _, period = rate.partition("/")
    return int(limit), SECONDS[period]


class MemoryCounters:
    """Of this process alone: with several processes, each allows as many."""

    def __init__(self) -> None:
        self._windows: dict[int, dict[str, tuple[int, float]]] = {}

    async def count(self, key: str, seconds: int) -> tuple[int, float]:
        # Windows of the same length end in the order in which they began.
        counters, now = self._windows.setdefault(seconds, {}), time.monotonic()
        for old in list(islice(counters, 2)):
            if counters[old][1] <= now or len(counters) > MAX_COUNTERS:
                del counters[old]
        count, end = counters.get(key, (0, 0.0))
        if end <= now:
            counters.pop(key, None)
            count, end = 0, now + seconds
        counters[key] = count + 1, end
        return count + 1, end - now


@asynccontextmanager
async def open_rate_limits(_: Settings) -> AsyncGenerator[RateLimits]:
    yield RateLimits(MemoryCounters())
