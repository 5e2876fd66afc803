import time
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import factory
from app.settings import Settings
from app.tasks import in_memory
from tests.support.probe.tasks import notes
from tests.support.processes import until


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(factory, "open_tasks", in_memory.open_tasks)
    return settings.model_copy(update={"task_concurrency": 2, "task_grace": 0.5})


def test_a_shutdown_waits_for_tasks_and_names_those_that_are_lost(app: FastAPI, folder: Path) -> None:
    with structlog.testing.capture_logs() as lines, TestClient(app) as client:
        client.post("/v1/test-probe/hold", json={"folder": str(folder)})
        client.post("/v1/test-probe/work", json={"folder": str(folder), "number": 1, "seconds": 0.2})
        client.post("/v1/test-probe/work", json={"folder": str(folder), "number": 2, "seconds": 60})
        until(lambda: notes(folder, "started"))
        client.post("/v1/test-probe/echo")
    assert len(notes(folder, "done")) == 1
    lost = {"probe.hold": 1, "probe.work": 1, "probe.echo": 1}
    assert [line["tasks"] for line in lines if line["event"] == "tasks_lost"] == [lost]


def test_a_shutdown_waits_no_longer_than_it_must(app: FastAPI) -> None:
    with structlog.testing.capture_logs() as lines, TestClient(app) as client:
        client.post("/v1/test-probe/many?name=echo", json=[{}] * 20)
        started = time.monotonic()
    assert time.monotonic() - started < 0.5
    assert "tasks_lost" not in {line["event"] for line in lines}
