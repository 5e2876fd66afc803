"""What is known of a background task, and what clients receive of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from app.clock import new_id, now
from app.errors import Problem
from app.paging import Page, PageQuery


class TaskState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskSummary(BaseModel, json_schema_serialization_defaults_required=True):
    """What a list shows of each task: not its result, which may be large."""

    id: UUID = Field(default_factory=new_id)
    name: str = Field(examples=["reports.build_report"])
    state: TaskState = TaskState.QUEUED
    attempts: int = Field(default=0, description="How many attempts have been started.")
    submitted_at: datetime = Field(default_factory=now)
    started_at: datetime | None = Field(default=None, description="When the latest attempt was started.")
    ended_at: datetime | None = None
    problem: Problem | None = Field(default=None, description="Why it has failed.")


class TaskRecord(TaskSummary):
    result: JsonValue = Field(default=None, description="What the task returned, once it has succeeded.")
    # For the service alone.
    arguments: dict[str, Any] = Field(exclude=True)
    context: dict[str, str] = Field(default={}, exclude=True)
    # % if cookiecutter.auth != "none"
    owner: str = Field(default="", exclude=True)
    # % endif
    failures: int = Field(default=0, exclude=True)

    @property
    def request_id(self) -> str | None:
        return self.context.get("request_id")


class TaskSummaryPage(Page[TaskSummary]):
    """Tasks in the order of their submission."""


class TaskFilter(PageQuery):
    sort: Literal["submitted_at"] = "submitted_at"
    state: TaskState | None = None
