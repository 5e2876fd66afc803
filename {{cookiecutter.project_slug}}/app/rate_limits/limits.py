"""Counts a request, and says what is left, in the headers of the IETF's draft on rate limits."""

from functools import cache
from math import ceil
from typing import Protocol

from fastapi import HTTPException

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Counters(Protocol):
    async def count(self, key: str, seconds: int) -> tuple[int, float]:
        """One more: how many there are in this window, and in how many seconds it ends."""


@cache
def parse(rate: str) -> tuple[int, int]:
    """How many requests, in how many seconds: `100/minute`."""
    limit, _, period = rate.partition("/")
    return int(limit), SECONDS[period]


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
