import time
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.probe.tasks import notes
from tests.processes import until


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"task_concurrency": 2, "task_grace": 0.5})


def test_a_stop_waits_for_tasks_and_names_those_that_are_lost(app: FastAPI, folder: Path) -> None:
    with structlog.testing.capture_logs() as lines, TestClient(app) as client:
        client.post("/probes/hold", json={"folder": str(folder)})
        client.post("/probes/work", json={"folder": str(folder), "number": 1, "seconds": 0.2})
        client.post("/probes/work", json={"folder": str(folder), "number": 2, "seconds": 60})
        until(lambda: notes(folder, "begun"))
        client.post("/probes/echo")
    assert len(notes(folder, "done")) == 1
    lost = {"probe.hold": 1, "probe.work": 1, "probe.echo": 1}
    assert [line["tasks"] for line in lines if line["event"] == "tasks lost"] == [lost]


def test_a_stop_waits_no_longer_than_it_must(app: FastAPI) -> None:
    with structlog.testing.capture_logs() as lines, TestClient(app) as client:
        client.post("/probes/many?name=echo", json=[{}] * 20)
        begun = time.monotonic()
    assert time.monotonic() - begun < 0.5
    assert "tasks lost" not in {line["event"] for line in lines}
