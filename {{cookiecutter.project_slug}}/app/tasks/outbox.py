"""Tasks are submitted with the other work of a transaction, or not at all."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from starlette.requests import HTTPConnection

from app.database import Session, SessionDep
from .arguments import Function
from .backend import TaskBackend
# % if cookiecutter.auth != "none"
from .owned import own
# % endif
from .registry import TaskRegistry
from .schemas import TaskRecord


async def get_backend(connection: HTTPConnection) -> Any:
    if not isinstance(connection, Request):
        raise TypeError("TasksDep is for requests. A WebSocket submits by submitting(): see docs/tasks.md.")
    return connection.state.tasks


BackendDep = Annotated[TaskBackend, Depends(get_backend)]


class Outbox:
    def __init__(self, registry: TaskRegistry) -> None:
        self.tasks: list[TaskRecord] = []
        self._registry = registry
        self._ended = False

    def submit(self, function: Function, /, **arguments: Any) -> TaskRecord:
        if self._ended:
            raise RuntimeError("The transaction of this outbox has ended: open another one by submitting().")
        name, serialized = self._registry.serialize(function, arguments)
        task = TaskRecord(name=name, arguments=serialized, context=self._registry.context())
        # % if cookiecutter.auth != "none"
        own(task)
        # % endif
        self.tasks.append(task)
        return task

    async def send(self, backend: TaskBackend, session: Session) -> None:
        self._ended = True
        if self.tasks:
            await backend.enqueue(session, self.tasks)


class RequestOutbox(Outbox):
    def __init__(self, request: Request, response: Response) -> None:
        super().__init__(request.state.task_registry)
        self._request, self._response = request, response

    def submit(self, function: Function, /, **arguments: Any) -> TaskRecord:
        """The record; a 202 gets a `Location` where to read it later, any other response stays as it is."""
        task = super().submit(function, **arguments)
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
    outbox = RequestOutbox(request, response)
    yield outbox
    await outbox.send(backend, session)


@asynccontextmanager
async def submitting(state: Any, session: Session) -> AsyncGenerator[Outbox]:
    """The same where there is no request: in a task, a script or a WebSocket."""
    outbox = Outbox(state["task_registry"])
    yield outbox
    await outbox.send(state["tasks"], session)


TasksDep = Annotated[Outbox, Depends(open_outbox, scope="function")]
