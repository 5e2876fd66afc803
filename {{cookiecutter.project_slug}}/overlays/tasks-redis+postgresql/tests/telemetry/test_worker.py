import re
from pathlib import Path

import httpx2
import pytest

from app.settings import Settings
from tests.support.processes import until
from tests.support.worker_process import WorkerProcess
from tests.telemetry.scrape import scrape

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_worker_has_metrics_of_its_own(settings: Settings, tmp_path: Path) -> None:
    worker = WorkerProcess(settings, tmp_path / "log")
    try:
        until(worker.is_ready, 60)
        (url,) = until(lambda: re.findall(r"running on (http://127.0.0.1:\d+)", worker.log.read_text()))
        with httpx2.Client(base_url=url) as client:
            assert {"tasks_queued", "python_info"} <= {name for name, _ in scrape(client)}
    finally:
        worker.kill()
