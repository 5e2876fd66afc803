"""Tasks that a request submits are stored with its other work, before the response; or not at all."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.clock import new_id, now
from app.database import SessionDep
from app.idempotency import IdempotencyKey, IdempotencyKeyDep, ReplayError
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
        """The record for the body of a 202, whose `Location` is where to read it later."""
        name, serialized = self._registry.serialize(function, arguments)
        about: Any = {"submitted_at": now(), "request_id": current_request_id()}
        task = Task(id=new_id(), name=name, arguments=serialized, **about)
        self.tasks.append(task)
        self._response.headers.update(headers_of(task, self._request))
        return task


def headers_of(task: Task, request: Request) -> dict[str, str]:
    return {"Location": f"{request.base_url.path}tasks/{task.id}", "Retry-After": "1"}


async def replay(key: IdempotencyKey, backend: TaskBackend, request: Request) -> None:
    """ReplayError when the same request has submitted a task before."""
    if key.value and (task := await backend.store.find(key.value)):
        key.refuse_other(task.fingerprint)
        record = task.model_dump_json(include={*TaskRecord.model_fields})
        raise ReplayError(record, 202, headers_of(task, request))


async def open_outbox(
    request: Request,
    response: Response,
    session: SessionDep,
    backend: BackendDep,
    registry: RegistryDep,
    key: IdempotencyKeyDep,
) -> AsyncGenerator[Outbox]:
    await replay(key, backend, request)
    outbox = Outbox(registry, request, response)
    try:
        yield outbox
        for last in outbox.tasks[-1:]:
            last.idempotency_key, last.fingerprint = key.value, key.fingerprint
            await backend.enqueue(session, outbox.tasks)
    except Exception:
        # The conflict may be with the same request, made at the same time.
        await session.rollback()
        await replay(key, backend, request)
        raise


TasksDep = Annotated[Outbox, Depends(open_outbox, scope="function")]
