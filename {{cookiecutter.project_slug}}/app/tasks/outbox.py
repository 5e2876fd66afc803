"""Tasks that a request submits leave when its work is done, and before its answer; or not at all."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import JsonValue

from app.logs import current_request_id

from .engine import TaskEngine
from .models import Job, TaskFunction, TaskRecord, name_of


class Outbox:
    def __init__(self, request: Request, response: Response) -> None:
        self.jobs: list[Job] = []
        self._request = request
        self._response = response

    def submit(self, function: TaskFunction, **arguments: JsonValue) -> TaskRecord:
        """The record to answer with, under 202; `Location` then says where to ask for it later."""
        record = TaskRecord(name=name_of(function))
        self.jobs.append(Job(record, function, arguments, current_request_id()))
        self._response.headers["Location"] = self._request.url_for("get_task", task_id=record.id).path
        return record


async def open_outbox(request: Request, response: Response) -> AsyncGenerator[Outbox]:
    outbox = Outbox(request, response)
    yield outbox
    # Reached only when nothing was raised.
    engine: TaskEngine = request.state.tasks
    engine.put(outbox.jobs)


TasksDep = Annotated[Outbox, Depends(open_outbox, scope="function")]
