"""What a request changes in Redis: all of it in one step at its end, or nothing."""

from redis.asyncio import Redis
from redis.exceptions import WatchError

from app.database import Session, after_commit
from app.errors import ConflictError
from .client import answered_within

KEPT = "redis_changes"


class Changes:
    def __init__(self, redis: Redis, seconds: float) -> None:
        self.new_keys: list[str] = []
        """Which no other request may have made; else nothing is changed, and the request conflicts."""
        self.pipeline = redis.pipeline()
        self._seconds = seconds

    async def execute(self) -> None:
        async with answered_within(self._seconds), self.pipeline as pipeline:
            try:
                if self.new_keys:
                    await pipeline.watch(*self.new_keys)
                if self.new_keys and await pipeline.exists(*self.new_keys):
                    raise WatchError
                await pipeline.execute()
            except WatchError as error:
                raise ConflictError("The same request has ended just now. Repeat this one.") from error


async def changes_of(session: Session, redis: Redis, seconds: float) -> Changes:
    """Those of the request to which the session belongs."""
    if KEPT not in session.info:
        session.info[KEPT] = Changes(redis, seconds)
        await after_commit(session, session.info[KEPT].execute)
    changes: Changes = session.info[KEPT]
    return changes
