"""Programs, started as a user would start them; when one fails, all that it said is shown."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

# What `uv run pytest`, pytest and make leave in the environment; no user has it.
INHERITED = ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "UV_RUN_RECURSION_DEPTH", "COV_CORE_SOURCE")
NOTHING: Mapping[str, str] = MappingProxyType({})
Sink = IO[bytes]


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a user who has uv; the root's own does not shine through."""
    kept = {name: value for name, value in os.environ.items() if name not in INHERITED}
    return {**kept, **changes}


def start(command: list[str], cwd: Path, env: Mapping[str, str], sink: Sink) -> subprocess.Popen[bytes]:
    """Nothing is typed into it, and all that it starts can be ended with it."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=sink,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a program at once, with all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def attempt(command: list[str], cwd: Path, env: Mapping[str, str], timeout: float) -> tuple[int, str]:
    """How a program ended and what it said; when it takes too long, nothing that it started lives on."""
    with tempfile.TemporaryFile() as sink:
        process = start(command, cwd, env, sink)
        try:
            process.wait(timeout)
        except BaseException:  # also when the test itself has run out of time
            kill(process)
            raise
        sink.seek(0)
        return process.returncode, sink.read().decode("utf-8")


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] = NOTHING, timeout: float = 600) -> str:
    """What a program said; it must succeed."""
    words = [*map(str, command)]
    try:
        code, said = attempt(words, cwd, env, timeout)
    except subprocess.TimeoutExpired:
        # CPython 3.11 can spin for ever under coverage when threads with greenlets end: once more, then.
        if sys.version_info >= (3, 12) or "coverage" not in " ".join(words):
            raise
        code, said = attempt(words, cwd, env, timeout)
    assert code == 0, f"{' '.join(words)}\n{said}"
    return said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 120) -> bytes:
    """The first answer of a server that is starting."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        try:
            with urlopen(url, timeout=10) as response:
                answer: bytes = response.read()
                return answer
        except (URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"no answer from {url}\n{log.read_text(encoding='utf-8')}")


@contextmanager
def serving(
    command: str, url: str, cwd: Path, log: Path, env: Mapping[str, str] = NOTHING
) -> Generator[None]:
    """A server for as long as a `with` block takes, stopped as by Ctrl-C; without a URL it need only live."""
    with log.open("wb") as sink:
        process = start(["bash", "-c", command], cwd, env, sink)
    try:
        if url:
            wait_for(url, process, log)
        yield
        assert process.poll() is None, log.read_text(encoding="utf-8")
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                continue
