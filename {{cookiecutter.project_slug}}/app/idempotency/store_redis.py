"""Responses in Redis, for all processes; kept in one step with the tasks that their requests submit."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from pydantic_core import from_json, to_json
from redis.asyncio import Redis

from app.database import Database, Session
from app.redis.changes import changes_of
from app.redis.client import answered_within, open_redis
from app.settings import Settings
from .store import StoredResponse


class RedisIdempotencyStore:
    def __init__(self, settings: Settings, redis: Redis) -> None:
        self.in_progress: set[str] = set()
        self._redis, self._prefix = redis, settings.redis_prefix
        self._timeout, self._ttl = settings.redis_timeout, settings.idempotency_ttl

    def _name(self, key: str) -> str:
        return f"{self._prefix}:idempotency:{key}"

    async def find(self, key: str) -> StoredResponse | None:
        async with answered_within(self._timeout):
            found: Any = await self._redis.hgetall(self._name(key))
        if not found:
            return None
        headers = [(name, value) for name, value in from_json(found[b"headers"])]
        return StoredResponse(found[b"fingerprint"].decode(), int(found[b"status"]), headers, found[b"body"])

    async def save(self, session: Session, key: str, stored: StoredResponse) -> None:
        changes = await changes_of(session, self._redis, self._timeout)
        changes.new_keys.append(self._name(key))
        fields: dict[Any, Any] = vars(stored) | {"headers": to_json(stored.headers)}
        changes.pipeline.hset(self._name(key), mapping=fields)
        changes.pipeline.pexpire(self._name(key), int(self._ttl * 1000))


@asynccontextmanager
async def open_idempotency(settings: Settings, _: Database) -> AsyncGenerator[RedisIdempotencyStore]:
    async with open_redis(settings) as redis:
        yield RedisIdempotencyStore(settings, redis)
