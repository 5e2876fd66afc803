"""The service in processes of its own: servers, and what runs tasks; any of them may be killed."""

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

ROOT = Path(__file__).parent.parent
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(done: Callable[[], T], seconds: float = 15) -> T:
    """Wait until there is something, and fail when that takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.02)
    raise TimeoutError(done)


class Process:
    """Python with these arguments and settings, and what it wrote to standard output."""

    def __init__(self, settings: Settings, log: Path, *arguments: str) -> None:
        self.log = log
        values = {
            name.upper(): str(value)
            for name, value in settings
            if value is not None and not isinstance(value, tuple)
        }
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
        """As `kill -9` does: it has no time for anything."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As SIGTERM does: it stops by itself."""
        self._process.terminate()
        self.wait()

    def wait(self, seconds: float = 20) -> int:
        """Until it has stopped by itself; the code with which it did."""
        return self._process.wait(seconds)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


class Server(Process):
    """A real uvicorn."""

    def __init__(self, settings: Settings, log: Path) -> None:
        port = str(free_port())
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        super().__init__(settings, log, "-m", "uvicorn", "tests.service:app", "--port", port)

    def ask(self, path: str, method: str = "GET", **body: Any) -> httpx2.Response:
        return self._client.request(method, path, **body)

    def get(self, path: str) -> int:
        """The status of the answer; 0 when there is none."""
        try:
            return self.ask(path).status_code
        except httpx2.TransportError:
            return 0

    def is_ready(self) -> bool:
        assert self.is_alive(), self.log.read_text()
        return self.get("/health/ready") == 200

    def kill(self) -> None:
        super().kill()
        self._client.close()


class WorkerProcess(Process):
    """A real worker, where tasks have some."""

    def __init__(self, settings: Settings, log: Path) -> None:
        super().__init__(settings, log, "-m", "tests.worker")

    def is_ready(self) -> bool:
        assert self.is_alive(), self.log.read_text()
        return "Application startup complete" in self.log.read_text()


class Service:
    """Processes on the same queue: at least one of them runs tasks, and at least one answers."""

    def __init__(self, settings: Settings, folder: Path, worker: type[Server] | type[Process]) -> None:
        self.processes: list[Any] = []
        self._settings, self._folder, self._worker = settings, folder, worker
        if not issubclass(worker, Server):
            self._add(Server)

    def _add(self, kind: Any) -> Any:
        process = kind(self._settings, self._folder / f"{len(self.processes)}.log")
        self.processes.append(process)
        return process

    def start(self, count: int = 1) -> list[Any]:
        """So many processes more that run tasks."""
        new = [self._add(self._worker) for _ in range(count)]
        for process in self.processes:
            if process.is_alive():
                until(process.is_ready, 30)
        return new

    def with_pid(self, pid: str | int) -> Any:
        return next(process for process in self.processes if process.pid == int(pid))

    def ask(self, path: str, method: str = "GET", **body: Any) -> Any:
        """The answer of a server that lives."""
        servers = [each for each in self.processes if isinstance(each, Server) and each.is_alive()]
        return servers[-1].ask(path, method, **body)

    def submit(self, name: str, **arguments: Any) -> str:
        """Where to ask for it."""
        answer = self.ask(f"/probes/{name}", "POST", json=arguments)
        assert answer.status_code == 202, answer.text
        location: str = answer.headers["Location"]
        return location

    def submit_many(self, name: str, arguments: list[dict[str, Any]]) -> None:
        answer = self.ask(f"/probes/many?name={name}", "POST", json=arguments)
        assert answer.status_code == 202, answer.text

    def ended(self, location: str, seconds: float = 15) -> dict[str, Any]:
        """The record, once it has ended."""

        def record() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask(location).json()
            return found if found["ended_at"] else None

        return until(record, seconds) or {}

    def records(self, state: str = "") -> list[dict[str, Any]]:
        """All of them, or all in this state."""
        found: list[dict[str, Any]] = []
        query = {"limit": "100", **({"state": state} if state else {})}
        while query.get("cursor", "start"):
            page = self.ask("/tasks", params=query).json()
            found += page["items"]
            query["cursor"] = page["next_cursor"]
        return found

    def all_ended(self) -> bool:
        waiting = [self.ask("/tasks", params={"state": each, "limit": 1}) for each in ("queued", "running")]
        if [answer.json().get("items") for answer in waiting] != [[], []]:
            return False
        # Between the two answers a task may have gone from running back to queued; an end is final.
        return all(record["ended_at"] for record in self.records())

    def close(self) -> None:
        for process in self.processes:
            process.kill()
