"""Read how far a background task has come, or cancel it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.errors import ConflictError, NotFoundError
from app.routing import PrefixRouter
from .outbox import BackendDep
# % if cookiecutter.auth != "none"
from .owned import visible
# % endif
from .schemas import TaskFilter, TaskRecord, TaskSummaryPage

router = PrefixRouter(prefix="/tasks", tags=["tasks"])


@router.get("")
async def list_background_tasks(
    wanted: Annotated[TaskFilter, Query()],
    backend: BackendDep,
) -> TaskSummaryPage:
    last = wanted.position(datetime)
    tasks = await backend.store.list(wanted.limit + 1, last and last[1], wanted.state)
    return TaskSummaryPage.of(tasks, wanted)


@router.get("/{task_id:uuid}")
async def get_background_task(task_id: UUID, backend: BackendDep, response: Response) -> TaskRecord:
    task = await backend.store.get(task_id)
    # % if cookiecutter.auth != "none"
    task = visible(task)
    # % endif
    if task is None:
        raise NotFoundError("There is no such task.")
    if task.ended_at is None:
        response.headers["Retry-After"] = "1"
    return task


@router.post("/{task_id:uuid}/cancel", status_code=202)
async def cancel_background_task(task_id: UUID, backend: BackendDep, response: Response) -> TaskRecord:
    """A queued task is cancelled; a running one is asked to stop."""
    # % if cookiecutter.auth != "none"
    await get_background_task(task_id, backend, Response())
    # % endif
    await backend.cancel(task_id)
    record = await get_background_task(task_id, backend, response)
    if record.state in ("succeeded", "failed"):
        raise ConflictError("This task has ended already.")
    return record
