"""What clients receive of a background task."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from app.errors import Problem
from app.schemas import Page, Paging


class TaskState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskRecord(BaseModel):
    id: UUID
    name: str = Field(examples=["reports.build_report"])
    state: TaskState
    attempts: int = Field(description="How many attempts have been started.")
    submitted_at: datetime
    started_at: datetime | None = Field(description="When the latest attempt was started.")
    ended_at: datetime | None
    result: JsonValue = Field(description="What the task returned, once it has succeeded.")
    problem: Problem | None = Field(description="Why it has failed.")


class TaskRecordPage(Page[TaskRecord]):
    """Tasks in the order of their submission."""


class TaskFilter(Paging):
    state: TaskState | None = None
