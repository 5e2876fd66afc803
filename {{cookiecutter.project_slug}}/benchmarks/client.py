"""The client: a few connections that stay open, as from a proxy."""

import json
import re
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CONNECTIONS = 8
END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    # Any other answer ends the run: errors are never measured by mistake.
    status: int
    body: object = None

    def encode(self) -> bytes:
        body = b"" if self.body is None else json.dumps(self.body).encode()
        kind = "Content-Type: application/json\r\n" if body else ""
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        return f"{head}{kind}\r\n".encode() + body


class Client:
    def __init__(self, port: int) -> None:
        self.address = ("127.0.0.1", port)
        self._connections = [self.connect() for _ in range(CONNECTIONS)]

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=30)

    def ask(self, request: Request) -> Any:
        """The JSON of the answer."""
        return json.loads(self._ask(request, self._connections[:1]))

    def repeat(self, request: Request, times: int) -> None:
        """So often on each connection, and on all of them at the same time."""
        for _ in range(times):
            self._ask(request, self._connections)

    def _ask(self, request: Request, connections: Sequence[socket.socket]) -> bytes:
        message = request.encode()
        for connection in connections:
            connection.sendall(message)
        return [read_answer(connection, request) for connection in connections][-1]


def read_answer(connection: socket.socket, request: Request) -> bytes:
    """The body of the answer."""
    answer = b""
    while not is_whole(answer):
        received = connection.recv(65536)
        if not received:
            break
        answer += received
    if not answer.startswith(b"HTTP/1.1 %d " % request.status):
        sys.exit(f"{request.method} {request.path} was to be answered {request.status}, not {answer!r}")
    return answer.partition(END)[2]


def is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(END)
    return bool(end) and len(body) == int(LENGTH.findall(head)[0])
