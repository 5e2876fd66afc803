"""What a service depends on, away for a while."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
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

    def kill(self, seconds: float) -> None:
        self.process.kill()
        self.process.wait()
        time.sleep(seconds)
        command = [find_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", self.folder, *self._options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.wait()

    def freeze(self, seconds: float) -> None:
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)


def of_redis(stack: ExitStack, environment: dict[str, str]) -> dict[str, Outage]:
    redis = stack.enter_context(DurableRedis())
    environment["REDIS_URL"] = redis.address
    return {"redis killed": redis.kill, "redis frozen": redis.freeze}


def of_postgresql(stack: ExitStack, environment: dict[str, str]) -> dict[str, Outage]:
    server = stack.enter_context(PostgreSQL())
    environment["DATABASE_URL"] = server.address

    def crash(seconds: float) -> None:
        server.stop()
        time.sleep(seconds)
        server.start()

    def freeze(seconds: float) -> None:
        server.send(signal.SIGSTOP)
        time.sleep(seconds)
        server.send(signal.SIGCONT)

    return {"postgresql killed": crash, "postgresql frozen": freeze}


def of_sqlite(path: Path, environment: dict[str, str]) -> dict[str, Outage]:
    environment["DATABASE_URL"] = f"sqlite+aiosqlite:///{path}"

    def lock(seconds: float) -> None:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)

    return {"sqlite locked": lock}
