"""A Redis server for the tests alone, or the one in TEST_REDIS_URL; each test has a key prefix of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import redis

from app.settings import Settings
from .processes import Process, free_port, until
from .worker_process import WorkerProcess

REMEDY = "Install redis-server, or say where one is: TEST_REDIS_URL=redis://host:6379/15"


class RedisServer:
    """It persists every change, as the queue of a service should."""

    def __init__(self, program: str, folder: str) -> None:
        port = str(free_port())
        self.url = f"redis://127.0.0.1:{port}/0"
        self._command = [program, "--port", port, "--bind", "127.0.0.1", "--dir", folder]
        self._command += ["--appendonly", "yes", "--save", ""]

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until(self._is_ready, 60)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)

    def restart(self) -> None:
        self.stop()
        time.sleep(1)
        self.start()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _is_ready(self) -> bool:
        with redis.Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


class GivenRedis:
    """It is not ours to stop: it keeps its clients waiting instead."""

    def __init__(self, url: str) -> None:
        self.url = url

    def restart(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.client_kill_filter(_type="normal", skipme=True)
            client.client_pause(1000)
            client.ping()

    def freeze(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.client_pause(10_000)

    def thaw(self) -> None:
        """A pause of all clients can only run out."""
        with redis.Redis.from_url(self.url, socket_timeout=30) as client:
            client.ping()


@pytest.fixture
def task_process() -> type[Process]:
    """The kind of process that runs tasks."""
    return WorkerProcess


def find_program() -> str | None:
    return shutil.which("redis-server") or shutil.which("redis-server", path="/usr/bin:/usr/local/bin")


@contextmanager
def open_redis() -> Generator[RedisServer]:
    program = find_program()
    if not program:
        raise FileNotFoundError(REMEDY)
    folder = tempfile.mkdtemp()
    server = RedisServer(program, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer | GivenRedis]:
    if given := os.environ.get("TEST_REDIS_URL"):
        yield GivenRedis(given)
    elif find_program():
        with open_redis() as server:
            yield server
    elif os.environ.get("CI"):
        pytest.fail(f"There is no Redis to test with. {REMEDY}")
    else:
        pytest.skip(f"There is no Redis to test with. {REMEDY}")


@pytest.fixture
def redis_url(redis_server: RedisServer | GivenRedis) -> str:
    return redis_server.url


@pytest.fixture
def queue(redis_url: str) -> Iterator[dict[str, Any]]:
    """Settings of the queue."""
    prefix = f"test-{uuid4()}"
    yield {"redis_url": redis_url, "redis_prefix": prefix}
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter(f"*{prefix}*", count=1000):
            client.delete(key)


@pytest.fixture
def lost_queue(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Where no record can be kept. With a database they are there, and Redis may be away."""
    if "database_url" in Settings.model_fields:
        return settings.model_copy(update={"database_url": request.getfixturevalue("lost_url")})
    return settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})


@pytest.fixture
def queue_outage(redis_server: RedisServer | GivenRedis) -> Callable[[], None]:
    """Makes the queue unavailable, and returns when it is back."""
    return redis_server.restart
