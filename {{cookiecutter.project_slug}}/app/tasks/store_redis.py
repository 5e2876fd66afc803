"""Tasks in Redis, where the service and all workers see them."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from math import ceil
from typing import Any
from uuid import UUID

import structlog
from pydantic_core import from_json, to_json
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.clock import now
from app.errors import UnavailableError
from app.settings import Settings
from .backend import Outcome
from .schemas import TaskRecord, TaskState, TaskSummary

logger = structlog.get_logger()
# A queued task is kept, unless no worker has run for a month.
LONGEST_WAIT = 30 * 86400
# Takes some of the tasks that have expired from all indexes, and returns how many.
EXPIRE_FUNCTION = """
local function expire(indexes, limit)
    local now = redis.call("TIME")[1]
    local old = redis.call("ZRANGEBYSCORE", indexes .. "expiry", "-inf", now, "LIMIT", 0, limit)
    local names = {"all", "expiry", '"queued"', '"running"', '"succeeded"', '"failed"', '"cancelled"'}
    for _, id in ipairs(old) do
        for _, name in ipairs(names) do redis.call("ZREM", indexes .. name, id) end
    end
    return #old
end
"""
EXPIRED_AT_ONCE = 500
# KEYS: the prefix of the keys of indexes. ARGV: how many at most.
EXPIRE = EXPIRE_FUNCTION + "return expire(KEYS[1], ARGV[1])"
# Changes a task that is in one of some states, and in some attempt. The indexes follow, and expired tasks
# leave them: more than are added.
# KEYS: the task; the prefix of the keys of indexes.
# ARGV: the ID, the states, the attempt or nothing, the new state, the TTL; then fields and their values.
CHANGE = """
local state, attempts = unpack(redis.call("HMGET", KEYS[1], "state", "attempts"))
local id, from, attempt, to, ttl = unpack(ARGV, 1, 5)
if not state or not from:find(state, 1, true) or attempt ~= "" and attempt ~= attempts then return {} end
redis.call("HSET", KEYS[1], unpack(ARGV, 6))
redis.call("EXPIRE", KEYS[1], ttl)
if to == '"running"' then redis.call("HINCRBY", KEYS[1], "attempts", 1) end
redis.call("ZREM", KEYS[2] .. state, id)
redis.call("ZADD", KEYS[2] .. to, 0, id)
redis.call("ZADD", KEYS[2] .. "expiry", redis.call("TIME")[1] + ttl, id)
expire(KEYS[2], 2)
return redis.call("HGETALL", KEYS[1])
"""

SUMMARY = list(TaskSummary.model_fields)


def encode(fields: Mapping[str, Any]) -> dict[Any, Any]:
    return {name: to_json(value) for name, value in fields.items()}


def decoded(fields: Mapping[str, bytes | None]) -> dict[str, Any]:
    return {name: from_json(value) for name, value in fields.items() if value is not None}


def decode(fields: Mapping[Any, Any]) -> TaskRecord | None:
    values = decoded({name.decode(): value for name, value in fields.items()})
    return TaskRecord.model_validate(values) if values else None


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
async def unavailable_when_lost() -> AsyncGenerator[None]:
    """UnavailableError when Redis cannot be reached."""
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("redis_unavailable", error=str(error))
        raise UnavailableError("The queue is unavailable. Try again later.") from error


class RedisTaskStore:
    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._change_script = redis.register_script(EXPIRE_FUNCTION + CHANGE)
        self._expire_script = redis.register_script(EXPIRE)
        self._prefix, self._ttl = settings.redis_prefix, ceil(settings.task_ttl)

    def _key(self, kind: str, name: object = "") -> str:
        return f"{self._prefix}:{kind}:{name}"

    @unavailable_when_lost()
    async def ping(self) -> None:
        await self._redis.ping()

    @unavailable_when_lost()
    async def add(self, tasks: Sequence[TaskRecord]) -> None:
        async with self._redis.pipeline() as pipeline:
            for task in tasks:
                key = self._key("task", task.id)
                pipeline.hset(key, mapping=encode(dict(task)))
                pipeline.expire(key, LONGEST_WAIT)
                expiry = now().timestamp() + LONGEST_WAIT
                pipeline.zadd(self._key("tasks", "expiry"), {str(task.id): expiry})
                for index in ("all", '"queued"'):
                    pipeline.zadd(self._key("tasks", index), {str(task.id): 0})
            await pipeline.execute()

    @unavailable_when_lost()
    async def get(self, id: UUID) -> TaskRecord | None:
        fields: Any = await self._redis.hgetall(self._key("task", id))
        return decode(fields)

    @unavailable_when_lost()
    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[TaskSummary]:
        while await self._expire() == EXPIRED_AT_ONCE:
            pass
        index = self._key("tasks", f'"{state}"' if state else "all")
        first = f"({after}" if after else "-"
        ids: Any = await self._redis.zrange(index, first, "+", bylex=True, offset=0, num=limit)
        async with self._redis.pipeline() as pipeline:
            for id in ids:
                pipeline.hmget(self._key("task", id.decode()), SUMMARY)
            rows = [dict(zip(SUMMARY, values, strict=True)) for values in await pipeline.execute()]
        return [TaskSummary.model_validate(decoded(row)) for row in rows if row["id"]]

    @unavailable_when_lost()
    async def count_all_queued(self) -> int:
        return int(await self._redis.zcard(self._key("tasks", '"queued"')))

    @unavailable_when_lost()
    async def count_queued(self) -> Mapping[str, int]:
        queued: Any = await self._redis.zrange(self._key("tasks", '"queued"'), 0, -1)
        async with self._redis.pipeline() as pipeline:
            for id in queued:
                pipeline.hget(self._key("task", id.decode()), "name")
            return Counter(from_json(name) for name in await pipeline.execute() if name)

    @unavailable_when_lost()
    async def count_alone(self, id: UUID) -> int:
        return int(await self._redis.hincrby(self._key("task", id), "starts_alone", 1))

    async def start(self, id: UUID) -> TaskRecord | None:
        """Start an attempt; None when the task has ended, or has expired."""
        return await self._change(id, ("queued", "running"), "", {"state": "running", "started_at": now()})

    async def finish(self, task: TaskRecord, outcome: Outcome) -> None:
        """Store how this attempt ended, unless another worker has started a later one."""
        changes = {name: value for name, value in vars(outcome).items() if name != "due_at"}
        await self._change(task.id, ("running",), str(task.attempts), changes)

    @unavailable_when_lost()
    async def cancel(self, id: UUID) -> bool:
        """Whether it is the first call in a minute: a second one must not disturb a task that cleans up."""
        await self._change(id, ("queued",), "", {"state": "cancelled", "ended_at": now()})
        return bool(await self._redis.set(self._key("cancel", id), b"", nx=True, ex=60))

    async def _expire(self) -> int:
        return int(await self._expire_script(keys=[self._key("tasks")], args=[EXPIRED_AT_ONCE]))

    @unavailable_when_lost()
    async def _change(
        self, id: UUID, states: Sequence[str], attempt: str, changes: Mapping[str, Any]
    ) -> TaskRecord | None:
        fields = encode(changes)
        ttl = self._ttl if changes.get("ended_at") else LONGEST_WAIT
        wanted = " ".join(f'"{state}"' for state in states)
        values = [part for pair in fields.items() for part in pair]
        parts = await self._change_script(
            keys=[self._key("task", id), self._key("tasks")],
            args=[str(id), wanted, attempt, fields["state"], ttl, *values],
        )
        return decode(dict(zip(parts[::2], parts[1::2], strict=True)))
