"""Tasks that a request submits are stored with its other work, before the response; or not at all."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.clock import new_id, now
from app.database import SessionDep
from app.logs import current_request_id
from .backend import Task, TaskBackend
from .registry import Function, TaskRegistry
from .schemas import TaskRecord


async def get_backend(request: Request) -> Any:
    return request.state.tasks


async def get_registry(request: Request) -> Any:
    return request.state.task_registry


BackendDep = Annotated[TaskBackend, Depends(get_backend)]
RegistryDep = Annotated[TaskRegistry, Depends(get_registry)]


class Outbox:
    def __init__(self, registry: TaskRegistry, request: Request, response: Response) -> None:
        self.tasks: list[Task] = []
        self._registry, self._request, self._response = registry, request, response

    def submit(self, function: Function, **arguments: Any) -> TaskRecord:
        """The record; a 202 gets a `Location` where to read it later, any other response stays as it is."""
        name, serialized = self._registry.serialize(function, arguments)
        about: Any = {"submitted_at": now(), "request_id": current_request_id()}
        task = Task(id=new_id(), name=name, arguments=serialized, **about)
        self.tasks.append(task)
        # Any other response tells of something else, and where that is.
        if (self._response.status_code or self._request.scope["route"].status_code) == 202:
            self._response.headers.update(headers_of(task, self._request))
        return task


def headers_of(task: Task, request: Request) -> dict[str, str]:
    return {"Location": f"{request.base_url.path}tasks/{task.id}", "Retry-After": "1"}


async def open_outbox(
    request: Request,
    response: Response,
    session: SessionDep,
    backend: BackendDep,
    registry: RegistryDep,
) -> AsyncGenerator[Outbox]:
    outbox = Outbox(registry, request, response)
    yield outbox
    if outbox.tasks:
        await backend.enqueue(session, outbox.tasks)


TasksDep = Annotated[Outbox, Depends(open_outbox, scope="function")]
