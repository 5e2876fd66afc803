"""Tasks that a request submits are stored with its other work, before the response; or not at all."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.database import SessionDep, roll_back
from app.errors import InvalidError
from app.idempotency import IdempotencyKey, IdempotencyKeyDep, ReplayError
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
        """The record for the body of a 202, whose `Location` is where to read it later."""
        registry: TaskRegistry = self._request.state.task_registry
        name, serialized = registry.serialize(function, arguments)
        task = TaskRecord(name=name, arguments=serialized, request_id=current_request_id())
        self.tasks.append(task)
        self._response.headers.update(headers_of(task, self._request))
        return task


def headers_of(task: TaskRecord, request: Request) -> dict[str, str]:
    return {"Location": f"{request.base_url.path}tasks/{task.id}", "Retry-After": "1"}


async def replay(key: IdempotencyKey | None, backend: TaskBackend, request: Request) -> None:
    """ReplayError when the same request has submitted a task before."""
    if key and (task := await backend.store.find(key.value)):
        if task.fingerprint != key.fingerprint:
            raise InvalidError("This Idempotency-Key was used for another request. Choose a new one.")
        headers = headers_of(task, request)
        raise ReplayError(Response(task.model_dump_json(), 202, headers, media_type="application/json"))


async def open_outbox(
    request: Request,
    response: Response,
    session: SessionDep,
    backend: BackendDep,
    key: IdempotencyKeyDep,
) -> AsyncGenerator[Outbox]:
    await replay(key, backend, request)
    outbox = Outbox(request, response)
    try:
        yield outbox
        if outbox.tasks and key:
            last = outbox.tasks[-1]
            last.idempotency_key, last.fingerprint = key.value, key.fingerprint
        if outbox.tasks:
            await backend.enqueue(session, outbox.tasks)
    except Exception:
        # The conflict may be with the same request, made at the same time.
        await roll_back(session)
        await replay(key, backend, request)
        raise


TasksDep = Annotated[Outbox, Depends(open_outbox, scope="function")]
