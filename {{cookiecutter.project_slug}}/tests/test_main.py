import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from app.settings import Settings

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(done: Callable[[], bool]) -> None:
    """Wait, and fail when it takes more than ten seconds."""
    for _ in range(500):
        if done():
            return
        time.sleep(0.02)
    raise TimeoutError(done)


class Server:
    """A real uvicorn with the real service, and what it wrote to standard output."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.log = log
        self.url = f"http://127.0.0.1:{free_port()}"
        environment = {name.upper(): str(value) for name, value in settings if value and name != "title"}
        environment |= {**os.environ, "DRAIN_DELAY": "1.5"}
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "tests.slow_service:app",
            "--port",
            self.url.rpartition(":")[2],
        ]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        until(lambda: self.get("/health/live") == 200)

    def get(self, path: str) -> int:
        """The status of the answer; 0 when there is none."""
        try:
            return httpx2.get(self.url + path, timeout=10).status_code
        except httpx2.TransportError:
            return 0


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    server = Server(settings, tmp_path / "log")
    yield server
    server.process.kill()
    server.process.wait()


def test_sigterm_ends_readiness_first_and_lets_requests_finish(server: Server) -> None:
    assert server.get("/health/ready") == 200
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(server.get, "/probe/slow?seconds=4")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.get("/health/ready") == 503)
        assert server.get("/health/live") == 200
        until(lambda: server.get("/health/live") == 0)
        assert not answer.done()
        assert answer.result() == 200
    server.process.wait(timeout=10)
    events = [json.loads(line)["event"] for line in server.log.read_text().splitlines()]
    assert events.index("stopping") < events.index("stopped")


def test_every_line_is_json_and_there_is_one_for_each_request(server: Server) -> None:
    for number in range(3):
        server.get(f"/nowhere/{number}")
    server.process.terminate()
    server.process.wait(timeout=10)
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    paths = [line["path"] for line in lines if line["event"] == "request" and line["status"] == 404]
    assert paths == ["/nowhere/0", "/nowhere/1", "/nowhere/2"]
