"""The servers that are measured: started alike, in the environment of production, never left behind."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from client import CONNECTIONS, Client, Request

HEALTH = Request("GET", "/health/live", 200)
# Nothing else of our own environment, which may hold settings of uvicorn or of the service.
ENVIRONMENT = {"ENVIRONMENT": "production", "LOG_LEVEL": "INFO", "PATH": os.environ["PATH"]}
ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)")
PRECISE = sys.platform == "linux"
# Requests of one round on each connection. Elsewhere than on Linux the clock has steps of 10 ms.
TIMES = 10 if PRECISE else 100


@dataclass(frozen=True)
class Server:
    pid: int
    client: Client

    def cpu(self) -> float:
        """Seconds of CPU so far: all threads, in the code and in the kernel."""
        # The clock stands still while the process runs, until the kernel's next tick; so let it come to rest.
        time.sleep(0.001)
        if PRECISE:
            # The clock of another process, in nanoseconds: clock_getcpuclockid(3), which Python lacks.
            return time.clock_gettime(~self.pid << 3 | 2)
        minutes, seconds = self._ps("cputime").rsplit(":", 1)
        return int(minutes) * 60 + float(seconds)

    def memory(self) -> float:
        """Bytes in memory."""
        if PRECISE:
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return int(self._ps("rss")) * 1024

    def cost(self, request: Request) -> float:
        """Seconds of CPU for one such request."""
        before = self.cpu()
        self.client.repeat(request, TIMES)
        return (self.cpu() - before) / (TIMES * CONNECTIONS)

    def _ps(self, column: str) -> str:
        return subprocess.check_output(["ps", "-o", f"{column}=", "-p", str(self.pid)], text=True)


@contextmanager
def serve(python: str, app: str, folder: Path) -> Generator[Server]:
    """The app under uvicorn's defaults, with one worker and its log in a file, once it answers."""
    log = folder / "server.log"
    command = [python, "-m", "uvicorn", app, "--port", "0"]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=sink, stderr=sink)
    try:
        server = Server(process.pid, Client(wait_for_port(process, log)))
        server.client.ask(HEALTH)
        yield server
    finally:
        process.kill()
        process.wait()


def wait_for_port(process: subprocess.Popen[bytes], log: Path) -> int:
    latest = time.monotonic() + 60
    while not (address := ADDRESS.search(log.read_bytes())):
        if process.poll() is not None or time.monotonic() > latest:
            sys.exit(f"A server did not start:\n{log.read_text()}")
        time.sleep(0.005)
    return int(address[1])


def production_python(root: Path, folder: Path) -> tuple[str, str]:
    """An interpreter with the packages that production has, and what to say of it."""
    if not shutil.which("uv"):
        return sys.executable, "the packages of this environment, which may be more, for there is no uv"
    command = ["uv", "sync", "--quiet", "--frozen", "--no-default-groups", "--compile-bytecode"]
    env = os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder), "UV_PYTHON": sys.executable}
    if subprocess.run(command, cwd=root, env=env, capture_output=True, check=False).returncode:
        return sys.executable, "the packages of this environment, which may be more, for `uv sync` failed"
    return str(folder / "bin" / "python"), "the packages of production only"
