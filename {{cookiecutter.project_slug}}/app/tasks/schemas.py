"""What callers are told of a task."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from app.calls import TaskState
from app.errors import Problem
from app.paging import Page, Paging


class TaskRecord(BaseModel, from_attributes=True):
    id: UUID
    name: str = Field(examples=["reports.build_report"])
    state: TaskState
    attempts: int = Field(description="How often it was begun.")
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: JsonValue = Field(description="What the task returned, once it has succeeded.")
    problem: Problem | None = Field(description="Why it has failed.")


class TaskPage(Page[TaskRecord]):
    """Tasks in the order of their submission."""


class TaskFilter(Paging):
    state: TaskState | None = None
