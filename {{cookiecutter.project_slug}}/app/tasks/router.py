"""Ask what became of a task."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.errors import NotFoundError

from .engine import TaskEngine
from .models import TaskRecord

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.get("/{task_id:uuid}")
async def get_task(task_id: UUID, request: Request) -> TaskRecord:
    tasks: TaskEngine = request.state.tasks
    record = tasks.get(task_id)
    if record is None:
        raise NotFoundError("There is no such task.")
    return record
