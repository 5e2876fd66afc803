"""A Redis for each run, that is gone after the tests; every test has key names of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import redis

REMEDY = "Install redis-server, or say where one is: TEST_REDIS_URL=redis://host:6379/15"


class RedisServer:
    """One that writes down every change at once, as the queue of a service should."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder = tempfile.mkdtemp()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = str(probe.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        options = ["--port", self._port, "--dir", self._folder, "--appendonly", "yes", "--save", ""]
        command = [self._program, "--bind", "127.0.0.1", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            for _ in range(500):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.01)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    program = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/bin:/usr/local/bin:/usr/sbin")
    if not program and os.environ.get("CI"):
        pytest.fail(f"There is no Redis to test with. {REMEDY}")
    if not program:
        pytest.skip(f"There is no Redis to test with. {REMEDY}")
    server = RedisServer(program)
    yield server
    server.close()


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    given = os.environ.get("TEST_REDIS_URL")
    return given or str(request.getfixturevalue("redis_server").url)


@pytest.fixture
def redis_prefix(redis_url: str) -> Iterator[str]:
    prefix = f"test-{uuid4()}"
    yield prefix
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter(f"*{prefix}*", count=1000):
            client.delete(key)


@pytest.fixture
def restart_servers(redis_server: RedisServer) -> Callable[[float], None]:
    """Take away what carries the tasks, for some seconds."""

    def restart(seconds: float) -> None:
        redis_server.stop()
        time.sleep(seconds)
        redis_server.start()

    return restart
