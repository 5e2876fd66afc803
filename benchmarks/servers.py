"""The processes that are measured: started alike, never left behind."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from .client import Clients, Request

REPOSITORY = Path(__file__).resolve().parent.parent
# Nothing else of our own environment, which may hold settings of uvicorn or of the service.
ENVIRONMENT = {"ENVIRONMENT": "production", "PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}
CLIENTS, REQUESTS = 8, 80


@dataclass(frozen=True)
class Side:
    """One of the two applications that are compared."""

    app: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    items: str = "/items"
    """The path of its last collection."""
    probe: str = "/health/live"
    """Returns 200 as soon as the application can be measured."""
    python: str = sys.executable


def children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        # A thread may just have ended.
        with suppress(FileNotFoundError):
            yield from map(int, path.read_text().split())


def process_tree(pid: int) -> list[int]:
    return [pid, *(found for child in children(pid) for found in process_tree(child))]


def cpu(root: int) -> float:
    """Microseconds of CPU so far: all threads of all processes, in the code and in the kernel."""
    # The clock stands still while a process runs, until the kernel's next tick; so let it come to rest.
    time.sleep(0.001)
    # The clock of another process, in nanoseconds: clock_getcpuclockid(3), which Python lacks.
    return 1e6 * sum(time.clock_gettime(~pid << 3 | 2) for pid in process_tree(root))


@dataclass(frozen=True)
class Server:
    pid: int
    port: int

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.port, CLIENTS)

    def cost(self, request: Request) -> float:
        """Microseconds of CPU for one such request."""
        before = cpu(self.pid)
        self.clients.play([request], REQUESTS)
        return (cpu(self.pid) - before) / REQUESTS

    def memory(self) -> float:
        """Megabytes in memory."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in process_tree(self.pid)]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start(side: Side, *arguments: str) -> Generator[subprocess.Popen[bytes]]:
    """Python with these arguments; its output goes into a file."""
    environment, command = {**ENVIRONMENT, **side.settings}, [side.python, *arguments]
    with log_of(side).open("ab") as log:
        process = subprocess.Popen(command, cwd=side.folder, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def log_of(side: Side) -> Path:
    return side.folder / "output.log"


@contextmanager
def serve(side: Side) -> Generator[Server]:
    """The app under uvicorn's defaults, but for connections that stay open while the other side runs."""
    port = free_port()
    with start(side, "-m", "uvicorn", side.app, f"--port={port}", "--timeout-keep-alive=60") as process:
        end = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}{side.probe}"):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{side.app} does not start:\n{log_of(side).read_text()}")
            time.sleep(0.01)
        yield Server(process.pid, port)


def answers(url: str) -> bool:
    try:
        urlopen(url, timeout=10).close()
    except URLError:
        return False
    return True
