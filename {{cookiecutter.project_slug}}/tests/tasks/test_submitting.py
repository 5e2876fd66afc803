"""Tasks that are submitted without a request: by a task, a WebSocket or a script."""

from pathlib import Path

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient

# % if cookiecutter.auth != "none"
from app.auth import SYSTEM, act_as
# % endif
from app.factory import open_state
from app.settings import Settings
from app.state import State
from app.tasks import TaskRecord, submitting
from tests.support.probe import tasks as probe
from tests.support.probe.tasks import notes
from tests.support.waiting import Wait
from .conftest import Submit


def test_a_task_submits_another_one(submit: Submit, wait: Wait, folder: Path) -> None:
    record = wait(submit("delegate", folder=str(folder)))
    assert wait(f"/tasks/{record['result']}")["state"] == "succeeded"
    assert len(notes(folder, "done")) == 1


def test_a_websocket_submits_a_task_for_a_message(app: FastAPI, client: TestClient, wait: Wait) -> None:
    @app.websocket("/probe/socket")
    async def serve(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            state = socket.state
            async with state["database"].begin() as session, submitting(state, session) as tasks:
                record = tasks.submit(probe.echo, value=text)
            await socket.send_text(str(record.id))

    with client.websocket_connect("/probe/socket") as socket:
        for text in ("first", "second"):
            socket.send_text(text)
            assert wait(f"/tasks/{socket.receive_text()}")["result"] == text


async def submit_from_a_script(state: State, fails: bool = False) -> TaskRecord:
    async with state["database"].begin() as session, submitting(state, session) as tasks:
        record = tasks.submit(probe.echo)
        if fails:
            raise ConnectionError
    return record


@pytest.mark.usefixtures("app")
async def test_a_script_submits_a_task_with_its_transaction(settings: Settings) -> None:
    async with open_state(settings) as state:
        # % if cookiecutter.auth != "none"
        act_as(SYSTEM)
        # % endif
        with pytest.raises(ConnectionError):
            await submit_from_a_script(state, fails=True)
        record = await submit_from_a_script(state)
        listed = await state["tasks"].store.list(10, None, None)
    assert [task.id for task in listed] == [record.id]
