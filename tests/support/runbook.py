"""The faults of a runbook, each brought about for a service that runs, and what is then seen of it."""

import signal
import sqlite3
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .live import Service
from .servers import PostgreSQL, Redis

Fault = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Row:
    """What is seen while a fault lasts."""

    checks: dict[str, str]
    """The parts that are not ready, and why."""
    refused: str
    """What is refused with a 503, as method and path; the rest goes on."""
    events: set[str]


@contextmanager
def stopped(server: PostgreSQL) -> Generator[None]:
    server.stop("fast")
    try:
        yield
    finally:
        server.start()


@contextmanager
def frozen(server: PostgreSQL) -> Generator[None]:
    server.send(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send(signal.SIGCONT)
