"""A server in the place of uvicorn: requests come from the page, and responses go there."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from importlib import import_module
from typing import Any

import anyio.to_thread

Message = MutableMapping[str, Any]
ASGI = {"version": "3.0", "spec_version": "2.3"}


async def run_here(function: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    """In the place of a thread: a browser's Python has none."""
    return function(*arguments)


class Server:
    """One service, from its start to the end of the worker."""

    def __init__(self, folder: str, root_path: str) -> None:
        anyio.to_thread.run_sync = run_here  # ty: ignore[invalid-assignment]
        os.chdir(folder)
        sys.path.insert(0, folder)
        self.root_path, self.state = root_path, dict[str, Any]()
        self.events, self.said = asyncio.Queue[Message](), asyncio.Queue[Message]()

    async def start(self) -> None:
        """Import the application and open its lifespan; an exception says why that failed."""
        self.app = import_module("app.main").app
        scope = {"type": "lifespan", "asgi": ASGI, "state": self.state}
        self.lifespan = asyncio.create_task(self.app(scope, self.events.get, self.said.put))
        await self.events.put({"type": "lifespan.startup"})
        said = await self.said.get()
        if said["type"] != "lifespan.startup.complete":
            raise RuntimeError(said.get("message", "The service did not start."))

    async def request(self, method: str, path: str, headers: str, body: memoryview) -> tuple[int, str, bytes]:
        """The status, the headers as JSON, and the body."""
        exchange = Exchange(bytes(body))
        await self.app(
            self.scope(method, path, json.loads(headers), len(body)), exchange.receive, exchange.send
        )
        return exchange.status, json.dumps(exchange.headers), b"".join(exchange.parts)

    def scope(self, method: str, path: str, headers: Mapping[str, str], length: int) -> dict[str, Any]:
        """As uvicorn behind a proxy would say it."""
        path, _, query = path.partition("?")
        given = {**headers, "host": "service.local", "content-length": str(length)}
        return {
            "type": "http",
            "asgi": ASGI,
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "root_path": self.root_path,
            "path": self.root_path + path,
            "raw_path": (self.root_path + path).encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("service.local", 80),
            "state": dict(self.state),
        }


class Exchange:
    """One request, and its response as it comes."""

    def __init__(self, body: bytes) -> None:
        self.unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self.status, self.headers, self.parts = 500, list[tuple[str, str]](), list[bytes]()

    async def receive(self) -> Message:
        if self.unread:
            return self.unread.pop()
        # The client stays until it has its response.
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.decode(), value.decode()) for name, value in message["headers"]]
        else:
            self.parts.append(message.get("body", b""))
