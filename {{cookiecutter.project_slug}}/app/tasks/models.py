"""What is known of a task, from its submission to its result."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from app.clock import new_id, now
from app.errors import Problem

# Called with the state of the lifespan and the arguments of the submission; what it returns must be JSON.
TaskFunction = Callable[..., Coroutine[Any, Any, Any]]


class TaskState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class TaskRecord(BaseModel):
    id: UUID = Field(default_factory=new_id)
    name: str = Field(examples=["reports.build_report"])
    state: TaskState = TaskState.QUEUED
    submitted_at: datetime = Field(default_factory=now)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: JsonValue = Field(default=None, description="What the task returned, once it has succeeded.")
    problem: Problem | None = Field(default=None, description="Why it has failed.")


@dataclass(frozen=True)
class Job:
    """A task on its way to being run."""

    record: TaskRecord
    function: TaskFunction
    arguments: dict[str, JsonValue]
    request_id: str | None


def name_of(function: TaskFunction) -> str:
    """Such as `orders.export_orders`: the package that the function is in, and its own name."""
    package = function.__module__.split(".")[-2]
    return f"{package}.{getattr(function, '__name__', type(function).__name__)}"
