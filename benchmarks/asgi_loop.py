"""Calls an ASGI app without a server, and prints the CPU of each kind of request at each line of stdin."""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from uvicorn.importer import import_from_string

from .client import Request, new_item

CALLS = 300


async def send_request(app: Any, request: Request, state: Mapping[str, Any]) -> bytes:
    """The body of the response."""
    body = json.dumps(request.body()).encode() if request.body else b""
    headers = [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "method": request.method,
        "path": request.path,
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [*headers, (b"content-type", b"application/json")],
        "state": dict(state),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    request.check(b"HTTP/1.1 %d " % sent[0]["status"])
    return b"".join(message.get("body", b"") for message in sent[1:])


async def main(name: str, items: str) -> None:
    app: Any = import_from_string(name)
    async with app.router.lifespan_context(app) as state:
        create = Request("POST", items, 201, new_item)
        item = json.loads(await send_request(app, create, state or {}))
        requests = {
            "item": Request("GET", f"{items}/{item['id']}", 200),
            "unknown path": Request("GET", "/nowhere", 404),
            "create": create,
            "invalid body": Request("POST", items, 422, lambda: {"name": ""}),
        }
        for _ in sys.stdin:
            costs: dict[str, float] = {}
            for kind, request in requests.items():
                start = time.process_time()
                for _ in range(CALLS):
                    await send_request(app, request, state or {})
                costs[kind] = (time.process_time() - start) * 1e6 / CALLS
            print(json.dumps(costs), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
