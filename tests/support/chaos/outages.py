"""What a service depends on, away for a while."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

from ..servers.installed import find_program
from ..servers.postgresql import PostgreSQL
from ..servers.redis import Redis

Outage = Callable[[float], None]


class DurableRedis(Redis):
    """It writes down every change before it answers, as the queue of a service should."""

    def __enter__(self) -> "DurableRedis":
        super().__enter__()
        self.ask(b"CONFIG SET appendfsync always\r\n")
        self.ask(b"CONFIG SET appendonly yes\r\n")
        self._options = ("--appendonly", "yes", "--appendfsync", "always")
        return self

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        command = [find_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", self.folder, *self._options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.wait()

    def send(self, number: int) -> None:
        self.process.send_signal(number)


Server = PostgreSQL | DurableRedis


@contextmanager
def stopped(server: Server) -> Generator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def frozen(server: Server) -> Generator[None]:
    server.send(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send(signal.SIGCONT)


@contextmanager
def locked(path: Path) -> Generator[None]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


def lasting(fault: Callable[[], AbstractContextManager[None]]) -> Outage:
    def outage(seconds: float) -> None:
        with fault():
            time.sleep(seconds)

    return outage


def of_server(name: str, server: Server) -> dict[str, Outage]:
    return {
        f"{name} killed": lasting(lambda: stopped(server)),
        f"{name} frozen": lasting(lambda: frozen(server)),
    }


def of_redis(stack: ExitStack, environment: dict[str, str]) -> dict[str, Outage]:
    redis = stack.enter_context(DurableRedis())
    environment["REDIS_URL"] = redis.address
    return of_server("redis", redis)


def of_postgresql(stack: ExitStack, environment: dict[str, str]) -> dict[str, Outage]:
    server = stack.enter_context(PostgreSQL())
    environment["DATABASE_URL"] = server.address
    return of_server("postgresql", server)


def of_sqlite(path: Path, environment: dict[str, str]) -> dict[str, Outage]:
    environment["DATABASE_URL"] = f"sqlite+aiosqlite:///{path}"
    return {"sqlite locked": lasting(lambda: locked(path))}
