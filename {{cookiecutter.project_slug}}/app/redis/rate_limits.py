"""Counters in Redis, for all processes; while it is unavailable, each process counts its own requests."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.rate_limits import MemoryCounters, RateLimits
from app.settings import Settings
from .client import open_redis

logger = structlog.get_logger()
# Requests wait no longer for it, and then not at all until it is asked again.
PATIENCE, PAUSE = 0.5, 5


class RedisCounters:
    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis, self._prefix = redis, prefix
        self._local, self._local_until = MemoryCounters(), 0.0

    async def count(self, key: str, seconds: int) -> tuple[int, float]:
        if time.monotonic() >= self._local_until:
            try:
                return await self._count(f"{self._prefix}:rate:{key}", seconds)
            except (RedisError, OSError) as error:
                logger.warning("rate_limits_local", error=type(error).__name__)
                self._local_until = time.monotonic() + PAUSE
        return await self._local.count(key, seconds)

    async def _count(self, name: str, seconds: int) -> tuple[int, float]:
        async with asyncio.timeout(PATIENCE), self._redis.pipeline() as pipeline:
            pipeline.incr(name)
            pipeline.expire(name, seconds, nx=True)
            pipeline.pttl(name)
            count, _, left = await pipeline.execute()
        return count, left / 1000


@asynccontextmanager
async def open_rate_limits(settings: Settings) -> AsyncGenerator[RateLimits]:
    async with open_redis(settings) as redis:
        yield RateLimits(RedisCounters(redis, settings.redis_prefix))
