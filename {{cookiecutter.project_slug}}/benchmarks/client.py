"""The client: a few connections that stay open, as from a proxy."""

import json
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

CONNECTIONS = 8


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
        sockets = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(CONNECTIONS)]
        self._streams = [connection.makefile("rwb") for connection in sockets]

    def ask(self, request: Request) -> Any:
        """The JSON of the answer."""
        return json.loads(self._ask_on(self._streams[:1], request))

    def repeat(self, request: Request, times: int) -> None:
        """Ask so often on each connection; all of them wait for their answers at the same time."""
        for _ in range(times):
            self._ask_on(self._streams, request)

    def _ask_on(self, streams: Sequence[BinaryIO], request: Request) -> bytes:
        message, body = request.encode(), b""
        for stream in streams:
            stream.write(message)
            stream.flush()
        for stream in streams:
            body = read_answer(stream, request)
        return body


def read_answer(stream: BinaryIO, request: Request) -> bytes:
    first, length = stream.readline(), 0
    while (line := stream.readline()).strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    body = stream.read(length)
    if first.split()[1:2] != [b"%d" % request.status]:
        sys.exit(f"{request.method} {request.path}: expected {request.status}, not {first!r} {body!r}")
    return body
