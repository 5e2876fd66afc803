"""Two servers of a service, two workers where it has some, and what they depend on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..programs import free_port

SETTINGS = {
    "TASK_LEASE": "2",
    "TASK_GRACE": "1",
    "TASK_QUEUE_SIZE": "100000",
    "DRAIN_DELAY": "0",
    "DATABASE_TIMEOUT": "2",
    "REDIS_TIMEOUT": "1",
}


GRACEFUL = 3
"""Seconds that the requests in progress get when a server stops."""
SERVER_OPTIONS = ("--timeout-graceful-shutdown", f"{GRACEFUL}", "--timeout-keep-alive", "75")
SERVICE, WORKER = "tests.support.service", "tests.support.worker"


class Process:
    """It is started again, with the same command, whenever it has ended."""

    def __init__(self, root: Path, environment: Mapping[str, str], *command: str) -> None:
        self._root, self._environment, self._command = root, {**os.environ, **environment}, command
        self.start()

    def start(self) -> None:
        with (self._root / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=self._root,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def revive(self) -> None:
        if self._process.poll() is not None:
            self.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self, limit: float = 120) -> float:
        """As a deployment does; after how many seconds it has ended."""
        started = time.monotonic()
        self.send(signal.SIGTERM)
        self._process.wait(limit)
        return time.monotonic() - started

    def end(self, number: signal.Signals) -> None:
        """And start it again."""
        self.send(number)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Fleet:
    def __init__(
        self, root: Path, environment: Mapping[str, str], has_workers: bool, module: str | None
    ) -> None:
        app, worker = f"{module or SERVICE}:app", module or WORKER
        self.urls, self.servers, self.workers = [], [], []
        for _ in range(2):
            port = str(free_port())
            self.urls.append(f"http://127.0.0.1:{port}")
            serve = ("-m", "uvicorn", app, "--port", port, *SERVER_OPTIONS)
            self.servers.append(Process(root, environment, *serve))
        if has_workers:
            self.workers = [Process(root, environment, "-m", worker) for _ in range(2)]

    @property
    def processes(self) -> list[Process]:
        return [*self.servers, *self.workers]

    def revive(self) -> None:
        for process in self.processes:
            process.revive()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()


@contextmanager
def fleet_of(
    root: Path, environment: Mapping[str, str], has_workers: bool, module: str | None
) -> Generator[Fleet]:
    """It serves the probe, or the module that was copied into the service."""
    fleet = Fleet(root, {**SETTINGS, **environment}, has_workers, module)
    try:
        yield fleet
    finally:
        fleet.kill()
