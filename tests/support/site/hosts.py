"""A plain static host: it compresses nothing, sets no special header, and counts what it sends."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from threading import Thread
from typing import Any


class Handler(SimpleHTTPRequestHandler):
    """It has a length for each response, so connections stay open."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
    }

    def setup(self) -> None:
        super().setup()
        if isinstance(self.server, Host):
            self.server.connections.append(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        content = source.read()
        if isinstance(self.server, Host):
            self.server.sent[self.path] = self.server.sent.get(self.path, 0) + len(content)
        try:
            outputfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


class Host(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), partial(Handler, directory=str(folder)))
        self.sent: dict[str, int] = {}
        self.connections: list[socket] = []

    def leave(self) -> None:
        """Its threads would go on to answer on the connections that are open."""
        self.server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser closes connections as it likes."""


@contextmanager
def hosting(folder: Path, port: int = 0) -> Generator[Host]:
    """At any free port, or at that of a host which was there before."""
    host = Host(folder, port)
    thread = Thread(target=host.serve_forever)
    thread.start()
    try:
        yield host
    finally:
        host.shutdown()
        thread.join()
        host.leave()
