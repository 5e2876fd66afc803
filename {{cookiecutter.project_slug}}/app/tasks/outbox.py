"""Tasks that a request submits are stored with its other work, before the response; or not at all."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.database import SessionDep
from app.logs import current_request_id
from .backend import TaskBackend
from .registry import Function, TaskRegistry
from .schemas import TaskRecord


async def get_backend(request: Request) -> Any:
    return request.state.tasks


BackendDep = Annotated[TaskBackend, Depends(get_backend)]


class Outbox:
    def __init__(self, request: Request, response: Response) -> None:
        self.tasks: list[TaskRecord] = []
        self._request, self._response = request, response

    def submit(self, function: Function, **arguments: Any) -> TaskRecord:
        """The record; a 202 gets a `Location` where to read it later, any other response stays as it is."""
        registry: TaskRegistry = self._request.state.task_registry
        name, serialized = registry.serialize(function, arguments)
        task = TaskRecord(name=name, arguments=serialized, request_id=current_request_id())
        self.tasks.append(task)
        if (self._response.status_code or self._request.scope["route"].status_code) == 202:
            location = f"{self._request.base_url.path}tasks/{task.id}"
            self._response.headers.update({"Location": location, "Retry-After": "1"})
        return task


async def open_outbox(
    request: Request,
    response: Response,
    session: SessionDep,
    backend: BackendDep,
) -> AsyncGenerator[Outbox]:
    outbox = Outbox(request, response)
    yield outbox
    if outbox.tasks:
        await backend.enqueue(session, outbox.tasks)


TasksDep = Annotated[Outbox, Depends(open_outbox, scope="function")]
