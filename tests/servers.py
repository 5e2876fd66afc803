"""Throw-away servers from the programs on this machine, and how a service is told of them."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import psycopg
import pytest
from running import free_port

NUMBERS = count()


def find_program(name: str) -> Path:
    """A program of PostgreSQL or Redis; Debian keeps the former off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (debian[-1] if debian else None)
    if not found:
        pytest.fail(f"There is no {name} to test with: `make test` installs it on Debian as root.")
    return Path(found)


class PostgreSQL:
    """A server of ours. It refuses to run as root, so root lends it a user."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.port = free_port()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.run("initdb", "-U", "test", "-A", "trust", "-N")

    @property
    def address(self) -> str:
        return f"postgresql+psycopg://test@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        user = "postgres" if os.geteuid() == 0 else None
        command = [
            find_program("pg_ctl").resolve().with_name(program),
            "-D",
            f"{self.folder}/data",
            *arguments,
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, user=user)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self.run("pg_ctl", "-o", options, "-l", f"{self.folder}/log", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self.run("pg_ctl", "-m", mode, "-w", "stop")

    def send(self, number: int) -> None:
        """A signal to all of its processes."""
        head = Path(self.folder, "data/postmaster.pid").read_text().split()[0]
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", head], capture_output=True, text=True)
        for process in (head, *found.stdout.split()):
            os.kill(int(process), number)

    def settings(self) -> dict[str, str]:
        """What a service must be told to use an empty database of its own."""
        name = f"test_{next(NUMBERS)}"
        with psycopg.connect(self.address.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return {"DATABASE_URL": self.address.replace("/postgres", f"/{name}")}

    def surroundings(self) -> dict[str, str]:
        """What makes this the server that programs find when nobody says where it is."""
        path = f"{find_program('pg_ctl').resolve().parent}{os.pathsep}{os.environ['PATH']}"
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "test", "PATH": path}


class Redis:
    """A server of ours, which keeps nothing."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [find_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--save", "", "--dir", self.folder], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while b"+PONG" not in self.ask(b"PING\r\n"):
            assert time.monotonic() < deadline, "Redis does not start"
            time.sleep(0.02)

    def ask(self, command: bytes) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(command)
                return connection.recv(100)
        except OSError:
            return b""

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def settings(self) -> dict[str, str]:
        self.ask(b"FLUSHALL\r\n")
        return {"REDIS_URL": self.address}

    def surroundings(self) -> dict[str, str]:
        return self.settings()


SERVERS: dict[str, type[PostgreSQL] | type[Redis]] = {"postgresql": PostgreSQL, "redis": Redis}


class Servers:
    """One server of each kind, started when it is first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.running: dict[str, PostgreSQL | Redis] = {}

    def get(self, name: str) -> PostgreSQL | Redis:
        if name not in self.running:
            server = SERVERS[name]()
            self.stack.callback(shutil.rmtree, server.folder)
            server.start()
            self.stack.callback(server.stop)
            self.running[name] = server
        return self.running[name]

    def settings(self, names: Iterable[str]) -> dict[str, str]:
        """What a service that needs these servers must be told."""
        return {name: text for server in names for name, text in self.get(server).settings().items()}

    def surroundings(self, names: Iterable[str]) -> dict[str, str]:
        return {name: text for server in names for name, text in self.get(server).surroundings().items()}


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


@pytest.fixture
def new_servers() -> Iterator[Servers]:
    """Nothing is in them yet, as on a new machine."""
    with ExitStack() as stack:
        yield Servers(stack)
