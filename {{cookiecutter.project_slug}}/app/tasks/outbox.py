"""Tasks that a request submits are kept with its other work, before its answer; or not at all."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.calls import Function, TaskState
from app.clock import new_id, now
from app.database import SessionDep, roll_back
from app.idempotency import AnsweredError, Identity, IdentityDep
from app.logs import current_request_id

from .engine import TaskEngine
from .records import Task
from .schemas import TaskRecord


async def get_engine(request: Request) -> Any:
    return request.state.tasks


EngineDep = Annotated[TaskEngine, Depends(get_engine)]


class Outbox:
    def __init__(self, engine: TaskEngine, request: Request, response: Response) -> None:
        self.tasks: list[Task] = []
        self._engine, self._request, self._response = engine, request, response

    def submit(self, function: Function, **arguments: Any) -> TaskRecord:
        """The record to answer with, under 202; `Location` then says where to ask for it later."""
        name, written = self._engine.calls.write(function, arguments)
        started: Any = {"request_id": current_request_id(), "submitted_at": now(), "attempts": 0}
        task = Task(id=new_id(), name=name, arguments=written, state=TaskState.QUEUED, **started)
        self.tasks.append(task)
        self._response.headers.update(headers_of(task, self._request))
        return TaskRecord.model_validate(task)


def headers_of(task: Task, request: Request) -> dict[str, str]:
    return {"Location": request.url_for("get_task", task_id=task.id).path, "Retry-After": "1"}


async def answer_again(identity: Identity, engine: TaskEngine, request: Request) -> None:
    """AnsweredError when there is a task that was submitted by the same request."""
    if identity.key and (task := await engine.records.get(idempotency_key=identity.key)):
        identity.refuse_other(task.fingerprint)
        record = TaskRecord.model_validate(task)
        raise AnsweredError(record.model_dump_json(), 202, headers_of(task, request))


async def open_outbox(
    request: Request, response: Response, session: SessionDep, engine: EngineDep, identity: IdentityDep
) -> AsyncGenerator[Outbox]:
    await answer_again(identity, engine, request)
    outbox = Outbox(engine, request, response)
    try:
        yield outbox
        for last in outbox.tasks[-1:]:
            last.idempotency_key, last.fingerprint = identity.key, identity.fingerprint
            await engine.put(session, outbox.tasks)
    except Exception:
        # What stands in the way may be the same request, done at the same time.
        await roll_back(session)
        await answer_again(identity, engine, request)
        raise


TasksDep = Annotated[Outbox, Depends(open_outbox, scope="function")]
