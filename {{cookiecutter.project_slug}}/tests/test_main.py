import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.processes import Server, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    server = Server(settings.model_copy(update={"drain_delay": 0.5}), tmp_path / "log")
    try:
        until(server.is_ready, 60)
        yield server
    finally:
        server.kill()


def test_sigterm_ends_readiness_first_and_lets_requests_finish(server: Server) -> None:
    assert server.get("/health/ready") == 200
    with ThreadPoolExecutor() as pool:
        response = pool.submit(server.get, "/v1/test-probe/slow?seconds=1.5")
        time.sleep(0.3)
        server.signal(signal.SIGTERM)
        until(lambda: server.get("/health/ready") == 503)
        assert server.get("/health/live") == 200
        until(lambda: server.get("/health/live") == 0)
        assert not response.done()
        assert response.result() == 200
    until(lambda: not server.is_alive())
    assert "service_stopped" in [line["event"] for line in server.lines()]


def test_every_line_is_json_and_there_is_one_for_each_request(server: Server) -> None:
    for number in range(3):
        server.get(f"/nowhere/{number}")
    server.stop()
    paths = [line["path"] for line in server.lines() if line["event"] == "request" and line["status"] == 404]
    assert paths == ["/nowhere/0", "/nowhere/1", "/nowhere/2"]
