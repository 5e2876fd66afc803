"""A Redis of our own."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time

from ..programs import free_port
from .installed import find_program


class Redis:
    """It runs for as long as a `with` block takes, and keeps nothing."""

    def __enter__(self) -> "Redis":
        self.folder = tempfile.mkdtemp()
        self.port = free_port()
        command = [find_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--save", "", "--dir", self.folder], stdout=subprocess.DEVNULL
        )
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder)

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def wait(self) -> None:
        deadline = time.monotonic() + 60
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

    def settings(self) -> dict[str, str]:
        self.ask(b"FLUSHALL\r\n")
        return {"REDIS_URL": self.address}

    def surroundings(self) -> dict[str, str]:
        return self.settings()
