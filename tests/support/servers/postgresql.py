"""A PostgreSQL of our own."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg

from ..programs import free_port
from .installed import find_program

NUMBERS = count()


class PostgreSQL:
    """It runs for as long as a `with` block takes. It refuses to run as root, so root lends it a user."""

    def __enter__(self) -> "PostgreSQL":
        self.folder = tempfile.mkdtemp()
        self.port = free_port()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        try:
            self.run("initdb", "-U", "test", "-A", "trust", "-N")
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder)

    @property
    def address(self) -> str:
        return f"postgresql+psycopg://test@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        user = "postgres" if os.geteuid() == 0 else None
        path = find_program("pg_ctl").resolve().with_name(program)
        command = [path, "-D", f"{self.folder}/data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, user=user)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self.run("pg_ctl", "-o", options, "-l", f"{self.folder}/log", "-t", "120", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self.run("pg_ctl", "-m", mode, "-t", "120", "-w", "stop")

    def send(self, number: int) -> None:
        """A signal to all of its processes."""
        head = Path(self.folder, "data/postmaster.pid").read_text().split()[0]
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", head], capture_output=True, text=True)
        for process in (head, *found.stdout.split()):
            os.kill(int(process), number)

    def settings(self) -> dict[str, str]:
        """The settings with which a service uses an empty database of its own."""
        name = f"test_{next(NUMBERS)}"
        with psycopg.connect(self.address.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return {"DATABASE_URL": self.address.replace("/postgres", f"/{name}")}

    def surroundings(self) -> dict[str, str]:
        """What makes this the server that programs find when no setting says where it is."""
        path = f"{find_program('pg_ctl').resolve().parent}{os.pathsep}{os.environ['PATH']}"
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "test", "PATH": path}
