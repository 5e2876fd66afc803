import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.settings import Settings
from tests.support.processes import until
from tests.support.worker_process import WorkerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(settings, tmp_path / "log")
    try:
        until(worker.is_ready, 60)
        yield worker
    finally:
        worker.kill()


def test_a_worker_serves_probes_and_nothing_else(worker: WorkerProcess) -> None:
    (url,) = until(lambda: re.findall(r"running on (http://127.0.0.1:\d+)", worker.log.read_text()))
    with httpx2.Client(base_url=url) as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").json()["checks"]["tasks"] == "ok"
        refused = client.get("/tasks")
    assert refused.status_code == 404
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_worker_that_gets_sigterm_stops_and_logs_it(worker: WorkerProcess) -> None:
    worker.stop()
    assert "service_stopped" in [line["event"] for line in worker.lines()]
