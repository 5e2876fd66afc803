"""A rendered service under a real uvicorn, as its clients see it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

from .programs import NOTHING, free_port
from .seen import Answer

TIMEOUT = 2
SETTINGS = {"DATABASE_TIMEOUT": f"{TIMEOUT}", "DATABASE_POOL_SIZE": "5", "DRAIN_DELAY": "0"}
MIGRATE = [sys.executable, "-m", "alembic", "upgrade", "head"]


class Service:
    """It keeps its port and its database when it is killed and started again."""

    def __init__(self, root: Path, address: str) -> None:
        self.root, self.address = root, address
        self.environment = {**os.environ, **SETTINGS, "DATABASE_URL": address, "LOG_LEVEL": "WARNING"}
        self.port = free_port()
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(self.port)]

    def start(self) -> None:
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.root, env=self.environment, stdout=log, stderr=log
            )
        try:
            self.until("/health/live", 200, seconds=120)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def events(self, start: int = 0) -> list[str]:
        """The names in the log, from a place in it on."""
        lines = (self.root / "log").read_bytes()[start:].splitlines()
        return [json.loads(line)["event"] for line in lines if line.startswith(b"{")]

    def send(self, method: str, path: str, **body: object) -> Answer:
        started = time.monotonic()
        try:
            got = self.client.request(method, path, json=body or None)
        except httpx2.TransportError:
            return Answer(0, time.monotonic() - started)
        seconds = time.monotonic() - started
        kind, retry_after = got.headers["Content-Type"], got.headers.get("Retry-After")
        return Answer(got.status_code, seconds, kind, retry_after, got.json())

    def until(self, path: str, status: int, seconds: float = 30) -> None:
        """Wait, and fail when it takes too long."""
        deadline = time.monotonic() + seconds
        while self.send("GET", path).status != status:
            assert time.monotonic() < deadline, path
            time.sleep(0.05)


@contextmanager
def live(
    root: Path, address: str, settings: Mapping[str, str] = NOTHING, kind: type[Service] = Service
) -> Generator[Service]:
    """A service with migrated tables, if it has some, for as long as a `with` block takes."""
    service = kind(root, address)
    service.environment |= settings
    if (root / "migrations").exists():
        subprocess.run(MIGRATE, cwd=root, env=service.environment, check=True)
    service.start()
    try:
        yield service
    finally:
        service.kill()
        service.client.close()
