"""The service in processes of its own, which may be stopped and killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from app.settings import Settings
from scripts.env_example import as_text

ROOT = Path(__file__).parent.parent.parent
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(done: Callable[[], T], seconds: float = 30) -> T:
    """Wait until there is something, and fail when that takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.02)
    raise TimeoutError(done)


class Process:
    """Python with these arguments and settings, and what it has written to standard output."""

    def __init__(self, settings: Settings, log: Path, *arguments: str) -> None:
        self.log = log
        fields = Settings.model_fields.items()
        values = {name.upper(): as_text(getattr(settings, name), field) for name, field in fields}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=os.environ | values,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """As `kill -9` does."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As SIGTERM does."""
        self._process.terminate()
        self.wait()

    def wait(self, seconds: float = 60) -> int:
        """Wait until it has exited; returns the exit code."""
        return self._process.wait(seconds)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


class Server(Process):
    """A real uvicorn."""

    def __init__(self, settings: Settings, log: Path) -> None:
        port = str(free_port())
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        super().__init__(settings, log, "-m", "uvicorn", "tests.support.service:app", "--port", port)

    def get(self, path: str) -> int:
        """The status of the response; 0 when there is none."""
        try:
            return self.client.get(path).status_code
        except httpx2.TransportError:
            return 0

    def is_ready(self) -> bool:
        assert self.is_alive(), self.log.read_text()
        return self.get("/health/ready") == 200

    def kill(self) -> None:
        super().kill()
        self.client.close()
