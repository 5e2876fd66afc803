"""A collector of the tests: it takes what the service sends by OTLP over HTTP, and decodes it."""

import io
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


def as_dict(attributes: Any) -> dict[str, Any]:
    def value(each: KeyValue) -> Any:
        return getattr(each.value, each.value.WhichOneof("value") or "string_value")

    return {each.key: value(each) for each in attributes}


class Collector:
    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.url = ""
        self.status = 200

    @property
    def spans(self) -> list[Any]:
        return [span for scope in self._scopes() for span in scope.spans]

    @property
    def scopes(self) -> set[str]:
        return {each.scope.name for each in self._scopes()}

    @property
    def resources(self) -> list[dict[str, Any]]:
        return [as_dict(each.resource.attributes) for each in self._resource_spans()]

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]

    def _resource_spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [each for request in requests for each in request.resource_spans]

    def _scopes(self) -> list[Any]:
        return [scope for each in self._resource_spans() for scope in each.scope_spans]


@contextmanager
def collecting() -> Generator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        collector.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def lines_of_log() -> Generator[Callable[[], list[dict[str, Any]]]]:
    """As they are written, with the IDs of spans."""
    log = io.BytesIO()
    structlog.configure(logger_factory=structlog.BytesLoggerFactory(log))
    try:
        yield lambda: [json.loads(line) for line in log.getvalue().splitlines()]
    finally:
        structlog.configure(logger_factory=structlog.BytesLoggerFactory())
