"""Clients of a server, on connections that stay open, as from a proxy."""

import json
import re
import selectors
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count, cycle, islice
from time import perf_counter, time_ns
from typing import Any

END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
NUMBERS = count(time_ns())


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    status: int
    """Any other status ends the run: errors are never measured by mistake."""
    body: Callable[[], object] | None = None
    token: str = ""
    """Of a service that asks who its clients are."""

    def encode(self) -> bytes:
        body = json.dumps(self.body()).encode() if self.body else b""
        kind = "Content-Type: application/json\r\n" if body else ""
        who = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        return f"{head}{kind}{who}\r\n".encode() + body

    def check(self, response: bytes) -> None:
        if not response.startswith(b"HTTP/1.1 %d " % self.status):
            sys.exit(f"{self.method} {self.path} should return {self.status}, not {response!r}")


def new_item() -> dict[str, str]:
    """A name that no row has yet."""
    return {"name": f"item {next(NUMBERS)}"}


def is_whole(response: bytes) -> bool:
    head, end, body = response.partition(END)
    return bool(end) and len(body) == int(LENGTH.findall(head)[0])


def read_response(connection: socket.socket) -> bytes:
    response = b""
    while not is_whole(response) and (received := connection.recv(65536)):
        response += received
    return response


class Clients:
    def __init__(self, port: int, number: int) -> None:
        address = ("127.0.0.1", port)
        self._connections = [socket.create_connection(address, timeout=30) for _ in range(number)]
        self._selector = selectors.DefaultSelector()
        for connection in self._connections:
            self._selector.register(connection, selectors.EVENT_READ, connection)

    def get_json(self, request: Request) -> Any:
        self._connections[0].sendall(request.encode())
        response = read_response(self._connections[0])
        request.check(response)
        return json.loads(response.partition(END)[2])

    def play(self, requests: Sequence[Request], times: int, pace: float = 0) -> list[float]:
        """The seconds that each took: a client sends its next one after `pace` seconds and its response."""
        start, clients, left = perf_counter(), self._connections, islice(cycle(requests), times)
        due = {client: start + pace * n / len(clients) for n, client in enumerate(clients)}
        sent: dict[Any, tuple[float, Request]] = {}
        spent: list[float] = []
        while len(spent) < times:
            for client in [client for client, at in due.items() if at <= perf_counter()]:
                del due[client]
                if request := next(left, None):
                    message, sent[client] = request.encode(), (perf_counter(), request)
                    client.sendall(message)
            pause = max(0, min(due.values()) - perf_counter()) if due else None
            for key, _ in self._selector.select(pause):
                at, request = sent.pop(key.data)
                request.check(read_response(key.data))
                spent.append(perf_counter() - at)
                due[key.data] = at + pace
        return spent


def p99(spent: Sequence[float]) -> float:
    """Milliseconds that all but one in a hundred took at most."""
    return sorted(spent)[len(spent) * 99 // 100] * 1e3
