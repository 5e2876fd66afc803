"""Ask what became of a task, or that it stops."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.errors import ConflictError, NotFoundError

from .outbox import EngineDep
from .schemas import TaskFilter, TaskPage, TaskRecord

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.get("")
async def list_tasks(wanted: Annotated[TaskFilter, Query()], engine: EngineDep) -> TaskPage:
    return TaskPage.of(await engine.records.list(wanted.limit + 1, wanted.after, wanted.state), wanted.limit)


@router.get("/{task_id:uuid}")
async def get_task(task_id: UUID, engine: EngineDep, response: Response) -> TaskRecord:
    task = await engine.records.get(id=task_id)
    if task is None:
        raise NotFoundError("There is no such task.")
    if task.ended_at is None:
        response.headers["Retry-After"] = "1"
    return TaskRecord.model_validate(task)


@router.delete("/{task_id:uuid}", status_code=202)
async def cancel_task(task_id: UUID, engine: EngineDep, response: Response) -> TaskRecord:
    """One that waits is cancelled; one that runs is asked to stop."""
    await engine.cancel(task_id)
    record = await get_task(task_id, engine, response)
    if record.state in ("succeeded", "failed"):
        raise ConflictError("This task has ended already.")
    return record
