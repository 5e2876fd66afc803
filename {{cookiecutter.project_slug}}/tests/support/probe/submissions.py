"""Endpoints that submit any of the tasks, in the ways in which a handler may."""

from typing import Any

from fastapi import Depends, Request

from app.errors import ConflictError
from app.tasks import TaskRecord, TasksDep
from . import tasks as probe
from .router import router


async def read_all(request: Request) -> None:
    """As FastAPI reads a form."""
    async for _ in request.stream():
        pass


@router.post("/form", status_code=202, dependencies=[Depends(read_all)])
async def submit_form(tasks: TasksDep) -> TaskRecord:
    return tasks.submit(probe.echo)


@router.post("/many", status_code=202)
async def submit_many(arguments: list[dict[str, Any]], name: str, tasks: TasksDep) -> list[TaskRecord]:
    return [tasks.submit(getattr(probe, name), **each) for each in arguments]


@router.post("/refused", status_code=202)
async def submit_and_fail(tasks: TasksDep) -> TaskRecord:
    tasks.submit(probe.echo)
    raise ConflictError("No.")


@router.post("/{name}", status_code=202)
async def submit(name: str, tasks: TasksDep, arguments: dict[str, Any] | None = None) -> TaskRecord:
    return tasks.submit(getattr(probe, name), **(arguments or {}))
