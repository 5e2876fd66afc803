"""Tasks that do what a test needs. They note in files, for any process, what has started and ended."""

import asyncio
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from app.errors import ConflictError
from app.tasks import RetryPolicy, submitting

logger = structlog.get_logger()


def note(folder: Path, name: str, line: object) -> None:
    """A line more, in one piece however many processes write."""
    file = os.open(folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def notes(folder: Path, name: str) -> list[str]:
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []


async def echo(_: object, value: Any = None) -> Any:
    return value


async def add(_: object, left: int, right: int = 1) -> int:
    return left + right


async def name(_: object, function: str) -> str:
    """Its argument has the name of a parameter of those who submit it."""
    return function


async def delegate(state: Any, folder: Path) -> str:
    """Submits another task."""
    async with state["database"].begin() as session, submitting(state, session) as tasks:
        record = tasks.submit(work, folder=folder, number=1)
    return str(record.id)


async def read_rows(state: Any) -> int:
    """Of a table in memory, where rows are there."""
    async with state["database"].begin() as session:
        return len(vars(session).get("tables", {"_animals": {}})["_animals"])


async def log(_: object) -> None:
    logger.info("the task speaks")


async def hold(_: object, folder: Path) -> int:
    """Runs until there is a file named `go`, for all or for this process."""
    note(folder, "started", os.getpid())
    while not ((folder / "go").exists() or (folder / f"go-{os.getpid()}").exists()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    note(folder, "ended", os.getpid())
    return os.getpid()


async def tidy(_: object, folder: Path) -> None:
    """Takes a while to stop, and does it in order."""
    note(folder, "started", os.getpid())
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.5)
        note(folder, "tidied", os.getpid())


async def work(_: object, folder: Path, number: int, seconds: float = 0) -> str:
    """Its result is a different one each time that it runs."""
    await asyncio.sleep(seconds)
    result = f"{number} {os.getpid()} {time.monotonic_ns()}"
    note(folder, "done", result)
    return result


async def crash(_: object, seconds: float) -> None:
    """Takes its process with it."""
    await asyncio.sleep(seconds)
    os._exit(1)


@RetryPolicy(retry_on=(ConnectionError,), max_attempts=3, backoff=0.05)
async def flaky(_: object, folder: Path, failures: int, declared: bool = True) -> int:
    """Fails so many times, with an error after which it is retried; or with another one."""
    note(folder, "started", time.monotonic())
    started = len(notes(folder, "started"))
    if started <= failures:
        raise ConnectionError if declared else ValueError
    return started


@RetryPolicy(retry_on=(ConnectionError,), backoff=60)
async def patient(_: object, folder: Path) -> None:
    """Fails, and is retried only after a minute."""
    note(folder, "started", os.getpid())
    raise ConnectionError


@RetryPolicy(retry_on=(ConnectionError,), backoff=0)
async def stubborn(_: object, folder: Path) -> None:
    """When it is cancelled, it fails with an error after which it would be retried."""
    note(folder, "started", os.getpid())
    try:
        await asyncio.Event().wait()
    finally:
        raise ConnectionError


async def refuse(_: object) -> None:
    raise ConflictError("Taken.", holder=UUID(int=7))


async def fail(_: object) -> None:
    raise RuntimeError("s3cret")


class Unlike(BaseException):
    """An error that is no `Exception`."""


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise self


ODD: dict[str, BaseException] = {
    "cancelled": asyncio.CancelledError(),
    "exit": SystemExit(),
    "interrupted": KeyboardInterrupt(),
    "closed": GeneratorExit(),
    "unlike": Unlike(),
    "surrogate": ValueError("\ud800"),
    "unprintable": UnprintableError(),
    "refused with a surrogate": ConflictError("\ud800"),
    "refused with what is unprintable": ConflictError("Taken.", holder=UnprintableError()),
    "refused with errors of its own": ConflictError("Taken.", errors=["line 1"], title=None),
    "group": ExceptionGroup("two", [ValueError("one"), KeyError("other")]),
    "group unlike": BaseExceptionGroup("two", [Unlike(), KeyError("other")]),
}


async def end_oddly(_: object, how: str) -> None:
    raise ODD[how]


def end_oddly_on_a_thread(_: object, how: str) -> None:
    raise ODD[how]


async def cancel_itself(_: object) -> None:
    this = asyncio.current_task()
    assert this
    this.cancel()
    await asyncio.sleep(0)


def count(folder: Path, name: str) -> Counter[str]:
    """How often each first word is in the file."""
    return Counter(line.split()[0] for line in notes(folder, name))
