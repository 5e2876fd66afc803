"""When Procrastinate is to run a task again."""

from typing import Any

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from app.clock import now


class EndedError(Exception):
    """Tells Procrastinate that an attempt has failed, and when the next one is due, if there is one."""

    def __init__(self, changes: dict[str, Any]) -> None:
        super().__init__(changes["state"])
        self.due_at = changes.get("due_at")


class Again(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, EndedError):
            return RetryDecision(retry_at=exception.due_at) if exception.due_at else None
        # Anything else comes from outside: the worker stops, or its database is away.
        return RetryDecision(retry_at=now())
