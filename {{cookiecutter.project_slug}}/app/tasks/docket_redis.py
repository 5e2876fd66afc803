"""Tasks that Docket delivers, in Redis too: kept in one step with the response to their request."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

# % if cookiecutter.auth != "none"
from app.auth import required_principal
# % endif
# % if cookiecutter.auth != "none"
from app.clock import new_id, now
# % else
from app.clock import now
# % endif
from app.database import Database, Session
from app.redis.changes import changes_of
from app.redis.client import answered_within, open_redis
from app.settings import Settings
from .backend import Outcome, cancelled, refuse_when_full
from .docket import DocketBackend, open_docket
from .registry import TaskRegistry
from .schemas import TaskRecord, TaskState, TaskSummary

# So many records are looked at in one step at most, so that no request waits for long.
SLICE = 1000
SUMMARY = list(TaskSummary.model_fields)
INDEXES = ("all", *(f'"{state}"' for state in TaskState), "due", "ended")
# Changes a task that is in one of some states, and in some attempt; the indexes follow.
# KEYS: the task; the prefix of the keys of indexes.
# ARGV: the ID, the states, the attempt or nothing, when it is due and when it ended or nothing; then fields
# and their values.
CHANGE = """
local id, from, attempt, due, ended = unpack(ARGV, 1, 5)
local state, attempts = unpack(redis.call("HMGET", KEYS[1], "state", "attempts"))
if not state or not from:find(state, 1, true) or attempt ~= "" and attempt ~= attempts then return {} end
redis.call("HSET", KEYS[1], unpack(ARGV, 6))
local to = redis.call("HGET", KEYS[1], "state")
if to == '"running"' then redis.call("HINCRBY", KEYS[1], "attempts", 1) end
redis.call("ZREM", KEYS[2] .. state, id)
redis.call("ZADD", KEYS[2] .. to, 0, id)
redis.call("ZREM", KEYS[2] .. "due", id)
if due ~= "" then redis.call("ZADD", KEYS[2] .. "due", due, id) end
if ended ~= "" then redis.call("ZADD", KEYS[2] .. "ended", ended, id) end
return redis.call("HGETALL", KEYS[1])
"""


def encode(fields: Mapping[str, Any]) -> dict[Any, Any]:
    return {name: to_json(value) for name, value in fields.items()}


def decoded(fields: Mapping[str, bytes | None]) -> dict[str, Any]:
    return {name: from_json(value) for name, value in fields.items() if value is not None}


def decode(fields: Mapping[Any, Any]) -> TaskRecord | None:
    values = decoded({name.decode(): value for name, value in fields.items()})
    return TaskRecord.model_validate(values) if values else None


def score(time: datetime | None) -> float | str:
    return time.timestamp() if time else ""


class RedisTaskStore:
    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis, self._settings, self._timeout = redis, settings, settings.redis_timeout
        self._change_script = redis.register_script(CHANGE)

    def _key(self, kind: str, name: object = "") -> str:
        return f"{self._settings.redis_prefix}:{kind}:{name}"

    @asynccontextmanager
    async def _pipeline(self) -> AsyncGenerator[Pipeline]:
        async with answered_within(self._timeout), self._redis.pipeline() as pipeline:
            yield pipeline

    async def add(self, session: Session, tasks: Sequence[TaskRecord]) -> None:
        async with answered_within(self._timeout):
            queued = await self._redis.zcard(self._key("tasks", '"queued"'))
        refuse_when_full(queued, len(tasks), self._settings.task_queue_size)
        changes = await changes_of(session, self._redis, self._timeout)
        for task in tasks:
            changes.pipeline.hset(self._key("task", task.id), mapping=encode(dict(task)))
            for index in ("all", '"queued"'):
                changes.pipeline.zadd(self._key("tasks", index), {str(task.id): 0})
            # % if cookiecutter.auth != "none"
            changes.pipeline.zadd(self._key("owner", task.owner), {str(task.id): 0})
            # % endif
            changes.pipeline.zadd(self._key("tasks", "due"), {str(task.id): now().timestamp()})

    async def get(self, id: UUID) -> TaskRecord | None:
        async with answered_within(self._timeout):
            return decode(await self._redis.hgetall(self._key("task", id)))

    async def list(self, limit: int, after: UUID | None, state: TaskState | None) -> Sequence[TaskSummary]:
        index = self._key("tasks", f'"{state}"' if state else "all")
        # % if cookiecutter.auth != "none"
        index = await self._owned(index)
        # % endif
        first = f"({after}" if after else "-"
        async with self._pipeline() as pipeline:
            ids: Any = await self._redis.zrange(index, first, "+", bylex=True, offset=0, num=limit)
            for id in ids:
                pipeline.hmget(self._key("task", id.decode()), SUMMARY)
            rows = [dict(zip(SUMMARY, values, strict=True)) for values in await pipeline.execute()]
        return [TaskSummary.model_validate(decoded(row)) for row in rows if row["id"]]

    async def count_queued(self) -> Mapping[str, int]:
        async with self._pipeline() as pipeline:
            queued: Any = await self._redis.zrange(self._key("tasks", '"queued"'), 0, -1)
            for id in queued:
                pipeline.hget(self._key("task", id.decode()), "name")
            return Counter(from_json(name) for name in await pipeline.execute() if name)

    async def oldest_due(self) -> datetime | None:
        async with self._pipeline() as pipeline:
            queued: Any = await self._redis.zrange(self._key("tasks", '"queued"'), 0, -1)
            for id in queued:
                pipeline.hmget(self._key("task", id.decode()), ["submitted_at", "due_at"])
            times = [due or submitted for submitted, due in await pipeline.execute()]
        return min((datetime.fromisoformat(from_json(time)) for time in times if time), default=None)

    async def count_alone(self, id: UUID) -> int:
        async with answered_within(self._timeout):
            return int(await self._redis.hincrby(self._key("task", id), "starts_alone", 1))

    async def start(self, id: UUID) -> TaskRecord | None:
        async with answered_within(self._timeout):
            is_cancelled = await self._redis.hexists(self._key("task", id), "cancelling")
        if is_cancelled:
            # It was to be cancelled when its worker died.
            await self._change(id, ("queued", "running"), "", vars(cancelled()))
            return None
        due = now() + timedelta(seconds=self._settings.task_lease)
        started = {"state": TaskState.RUNNING, "started_at": now(), "due_at": due}
        return await self._change(id, ("queued", "running"), "", started)

    async def finish(self, id: UUID, attempt: int, outcome: Outcome) -> None:
        await self._change(id, ("running",), str(attempt), vars(outcome))

    async def cancel(self, id: UUID) -> bool:
        await self._change(id, ("queued",), "", vars(cancelled()))
        async with answered_within(self._timeout):
            state, cancelling = await self._redis.hmget(self._key("task", id), ["state", "cancelling"])
        return state == b'"running"' and not cancelling

    async def note_cancelling(self, id: UUID) -> None:
        async with answered_within(self._timeout):
            await self._redis.hset(self._key("task", id), "cancelling", "true")

    async def overdue(self) -> Sequence[UUID]:
        due, missed = self._key("tasks", "due"), now().timestamp() - self._settings.task_lease
        async with answered_within(self._timeout):
            ids: Any = await self._redis.zrange(due, "-inf", str(missed), byscore=True, offset=0, num=SLICE)
            if ids:
                await self._redis.zadd(due, dict.fromkeys(ids, now().timestamp()), xx=True)
        return [UUID(id.decode()) for id in ids]

    async def expire(self) -> bool:
        old = str(now().timestamp() - self._settings.task_ttl)
        async with self._pipeline() as pipeline:
            ended = self._key("tasks", "ended")
            ids: Any = await self._redis.zrange(ended, "-inf", old, byscore=True, offset=0, num=SLICE)
            if ids:
                # % if cookiecutter.auth != "none"
                await self._disown(ids)
                # % endif
                pipeline.delete(*(self._key("task", id.decode()) for id in ids))
                for index in INDEXES:
                    pipeline.zrem(self._key("tasks", index), *ids)
                await pipeline.execute()
        return len(ids) == SLICE

    # % if cookiecutter.auth != "none"
    async def _owned(self, index: str) -> str:
        """The tasks of the principal in this index, as an index that is there for a minute."""
        owned = self._key("owned", new_id())
        async with self._pipeline() as pipeline:
            pipeline.zinterstore(owned, [index, self._key("owner", required_principal().owner)])
            pipeline.expire(owned, 60)
            await pipeline.execute()
        return owned

    async def _disown(self, ids: Sequence[bytes]) -> None:
        async with self._pipeline() as pipeline:
            for id in ids:
                pipeline.hget(self._key("task", id.decode()), "owner")
            owners = await pipeline.execute()
            for id, owner in zip(ids, owners, strict=True):
                pipeline.zrem(self._key("owner", from_json(owner or '""')), id)
            await pipeline.execute()

    # % endif
    async def _change(
        self, id: UUID, states: Sequence[str], attempt: str, changes: Mapping[str, Any]
    ) -> TaskRecord | None:
        wanted = " ".join(f'"{state}"' for state in states)
        values = [part for pair in encode(changes).items() for part in pair]
        times = [score(changes.get("due_at")), score(changes.get("ended_at"))]
        async with answered_within(self._timeout):
            parts = await self._change_script(
                keys=[self._key("task", id), self._key("tasks")],
                args=[str(id), wanted, attempt, *times, *values],
            )
        return decode(dict(zip(parts[::2], parts[1::2], strict=True)))


@asynccontextmanager
async def open_tasks(
    settings: Settings, registry: TaskRegistry, _: Database
) -> AsyncGenerator[DocketBackend]:
    async with (
        open_redis(settings) as redis,
        open_docket(settings, registry, RedisTaskStore(redis, settings)) as backend,
    ):
        yield backend
