"""A client of Redis, and how long it waits."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.errors import UnavailableError
from app.settings import Settings

logger = structlog.get_logger()


def retrying_url(url: str) -> str:
    """Send commands twice: a connection from before a restart of Redis fails at first."""
    return f"{url}{'&' if '?' in url else '?'}retry_on_timeout=true"


@asynccontextmanager
async def open_redis(settings: Settings) -> AsyncGenerator[Redis]:
    limit = settings.redis_timeout
    url = retrying_url(settings.redis_url)
    async with Redis.from_url(url, socket_timeout=limit, socket_connect_timeout=limit) as redis:
        yield redis


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncGenerator[None]:
    """UnavailableError when Redis refuses, or has not answered by then, however often it was asked."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (RedisError, OSError) as error:
        logger.warning("redis_unavailable", error=str(error) or type(error).__name__)
        raise UnavailableError("The queue is unavailable. Try again later.") from error
