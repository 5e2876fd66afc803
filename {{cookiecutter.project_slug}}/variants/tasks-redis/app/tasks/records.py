"""The records of tasks: in Redis, where the service and all workers see them."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel
from pydantic_core import from_json, to_json
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.calls import TaskState
from app.clock import now
from app.errors import ConflictError, UnavailableError
from app.settings import Settings

logger = structlog.get_logger()
# A task that waits is not forgotten, unless nobody has worked for a month.
LONGEST_WAIT = 30 * 86400
# Changes a record that is in one of some states, and in some attempt. The indexes of all states follow, and
# two of the oldest tasks that Redis has forgotten meanwhile leave them.
# KEYS: the record; the beginnings of the keys of indexes and records.
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
for _, old in ipairs(redis.call("ZRANGE", KEYS[2] .. "all", 0, 1)) do
    if redis.call("EXISTS", KEYS[3] .. old) == 0 then
        for _, index in ipairs({"all", '"queued"', '"running"', '"succeeded"', '"failed"', '"cancelled"'}) do
            redis.call("ZREM", KEYS[2] .. index, old)
        end
    end
end
return redis.call("HGETALL", KEYS[1])
"""


class Task(BaseModel):
    id: UUID
    name: str
    arguments: dict[str, Any]
    state: TaskState
    attempts: int
    submitted_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: Any = None
    problem: Any = None
    request_id: str | None = None
    idempotency_key: str | None = None
    fingerprint: str | None = None


def encode(fields: Mapping[str, Any]) -> dict[Any, Any]:
    return {name: to_json(value) for name, value in fields.items()}


def decode(fields: Mapping[Any, Any]) -> Task | None:
    return Task(**{name.decode(): from_json(value) for name, value in fields.items()}) if fields else None


@asynccontextmanager
async def answering() -> AsyncGenerator[None]:
    """UnavailableError when Redis does not answer."""
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("redis unavailable", error=str(error))
        raise UnavailableError("The queue does not answer. Try again later.") from error


def with_retry(url: str) -> str:
    """Try commands twice: a connection from before a restart of Redis fails at first."""
    return f"{url}{'&' if '?' in url else '?'}retry_on_timeout=true"


class Records:
    def __init__(self, settings: Settings) -> None:
        limit = settings.redis_timeout
        url = with_retry(settings.redis_url)
        self.redis = Redis.from_url(url, socket_timeout=limit, socket_connect_timeout=limit)
        self._change_script = self.redis.register_script(CHANGE)
        self._prefix, self._ttl = settings.redis_prefix, ceil(settings.task_ttl)

    def _key(self, kind: str, name: object = "") -> str:
        return f"{self._prefix}:{kind}:{name}"

    @answering()
    async def reserve(self, idempotency_key: str, id: UUID) -> None:
        """ConflictError when another request has the key, or had it and is still known."""
        if not await self.redis.set(self._key("key", idempotency_key), str(id), nx=True, ex=60):
            raise ConflictError("A request with this Idempotency-Key is in the works.")

    @answering()
    async def add(self, tasks: Sequence[Task]) -> None:
        async with self.redis.pipeline() as pipeline:
            for task in tasks:
                record = self._key("task", task.id)
                pipeline.hset(record, mapping=encode(dict(task)))
                pipeline.expire(record, LONGEST_WAIT)
                for index in ("all", '"queued"'):
                    pipeline.zadd(self._key("tasks", index), {str(task.id): 0})
                if task.idempotency_key:
                    pipeline.set(self._key("key", task.idempotency_key), str(task.id), ex=LONGEST_WAIT)
            await pipeline.execute()

    @answering()
    async def get(self, id: UUID | None = None, idempotency_key: str | None = None) -> Task | None:
        found: Any = id or await self.redis.get(self._key("key", idempotency_key))
        name = found.decode() if isinstance(found, bytes) else found
        return decode(await self.redis.hgetall(self._key("task", name)))

    @answering()
    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[Task]:
        index = self._key("tasks", f'"{state}"' if state else "all")
        first = f"({after}" if after else "-"
        ids: Any = await self.redis.zrange(index, first, "+", bylex=True, offset=0, num=limit)
        async with self.redis.pipeline() as pipeline:
            for id in ids:
                pipeline.hgetall(self._key("task", id.decode()))
            found = [decode(fields) for fields in await pipeline.execute()]
        return [task for task in found if task]

    @answering()
    async def waiting(self) -> int:
        return int(await self.redis.zcard(self._key("tasks", '"queued"')))

    @answering()
    async def count(self) -> dict[str, int]:
        """How many tasks wait, by their name."""
        async with self.redis.pipeline() as pipeline:
            waiting: Any = await self.redis.zrange(self._key("tasks", '"queued"'), 0, -1)
            for id in waiting:
                pipeline.hget(self._key("task", id.decode()), "name")
            return Counter(from_json(name) for name in await pipeline.execute() if name)

    async def start(self, id: UUID) -> Task | None:
        """Begin an attempt; None when the task has ended, or is forgotten."""
        return await self._change(id, ("queued", "running"), "", {"state": "running", "started_at": now()})

    async def end(self, task: Task, changes: Mapping[str, Any]) -> None:
        """Write down what came of an attempt, unless another worker has taken the task up meanwhile."""
        await self._change(task.id, ("running",), str(task.attempts), changes)

    @answering()
    async def cancel(self, id: UUID) -> bool:
        """Whether nobody has asked for it lately: who cleans up is not to be disturbed by a second call."""
        await self._change(id, ("queued",), "", {"state": "cancelled", "ended_at": now()})
        return bool(await self.redis.set(self._key("cancel", id), b"", nx=True, ex=60))

    @answering()
    async def _change(
        self, id: UUID, states: Sequence[str], attempt: str, changes: Mapping[str, Any]
    ) -> Task | None:
        fields = encode(changes)
        ttl = self._ttl if "ended_at" in changes else LONGEST_WAIT
        values = [part for pair in fields.items() for part in pair]
        parts = await self._change_script(
            keys=[self._key("task", id), self._key("tasks"), self._key("task")],
            args=[
                str(id),
                " ".join(f'"{state}"' for state in states),
                attempt,
                fields["state"],
                ttl,
                *values,
            ],
        )
        task = decode(dict(zip(parts[::2], parts[1::2], strict=True)))
        if task and task.ended_at and task.idempotency_key:
            # It is known for as long as the task.
            await self.redis.expire(self._key("key", task.idempotency_key), self._ttl)
        return task
