"""A database of advisories that speaks as osv.dev does, with one that we made up."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

KNOWN = {"id": "PYSEC-2026-1", "modified": "2026-01-01T00:00:00Z", "summary": "made up"}


class Handler(BaseHTTPRequestHandler):
    """It knows something about one package, or has a bad day and returns a status or another page."""

    package, status, page = "", 200, b""

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        found = {"vulns": [{name: KNOWN[name] for name in ("id", "modified")}]}
        named = [query["package"]["name"] for query in queries]
        self.send({"results": [found if name == self.package else {} for name in named]})

    def do_GET(self) -> None:
        self.send(KNOWN)

    def send(self, body: Any) -> None:
        content = self.page or json.dumps(body).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_: Any) -> None:
        """It says nothing."""


@contextmanager
def advisories(package: str = "", status: int = 200, page: bytes = b"") -> Generator[str]:
    """Its address, for as long as a `with` block takes."""
    handler = type("Knowing", (Handler,), {"package": package, "status": status, "page": page})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
