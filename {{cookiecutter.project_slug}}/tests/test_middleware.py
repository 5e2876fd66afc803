import asyncio
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import anyio
import pytest
import structlog
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketException
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import EventSourceResponse
from fastapi.testclient import TestClient
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.testclient import WebSocketDenialResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.errors import ConflictError, UnavailableError, install_errors
from app.factory import create_app
from app.health import Readiness
from app.middleware import limit
from app.settings import Settings
from tests.support.middleware import without_team_middleware

ORIGIN = "https://shop.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": (ORIGIN,), "max_body_bytes": 100})


UNEXPECTED: dict[str, BaseException] = {
    "error": RuntimeError("s3cret"),
    "cancelled": asyncio.CancelledError(),
    "exit": SystemExit(),
    "interrupt": KeyboardInterrupt(),
    "generator": GeneratorExit(),
    "group": BaseExceptionGroup("s3cret", [SystemExit(), KeyboardInterrupt()]),
}
ERRORS = {"conflict": ConflictError("Taken."), "http": HTTPException(403), "error": LookupError()}


class Pure:
    """As a team adds it within that of the service."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (kind := dict(scope["headers"]).get(b"x-fail")):
            raise ERRORS[kind.decode()]
        await self.app(scope, receive, send)


class Base(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if "x-read" in request.headers:
            await request.body()
        return await call_next(request)


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    mounted = FastAPI()
    install_errors(mounted)
    app.mount("/probe/mounted", mounted)

    @mounted.post("/json")
    async def json_within(data: list[int]) -> int:
        return len(data)

    @mounted.post("/size")
    async def size_within(request: Request) -> int:
        return len(await request.body())

    @mounted.get("/broken")
    async def broken_within() -> None:
        raise RuntimeError("s3cret")

    @app.get("/probe/unexpected/{kind}", include_in_schema=False)
    async def unexpected(kind: str) -> None:
        raise UNEXPECTED[kind]

    @app.get("/probe/unexpected-on-a-thread/{kind}", include_in_schema=False)
    def unexpected_on_a_thread(kind: str) -> None:
        raise UNEXPECTED[kind]

    @app.delete("/probe/nothing", status_code=204, include_in_schema=False)
    async def nothing() -> None: ...

    @app.get("/probe/own-id", include_in_schema=False)
    async def own_id(response: Response) -> None:
        response.headers["X-Request-ID"] = "ours"

    @app.post("/probe/json", include_in_schema=False)
    async def size_of_json(data: list[int]) -> int:
        return len(data)

    @app.websocket("/probe/early/{kind}")
    async def early(socket: WebSocket, kind: str) -> None:
        raise ERRORS[kind]

    @app.websocket("/probe/late/{kind}")
    async def late(socket: WebSocket, kind: str) -> None:
        await socket.accept()
        raise ERRORS[kind] if kind in ERRORS else UnavailableError("Busy.")

    @app.websocket("/probe/late-in-a-group/{kind}")
    async def late_in_a_group(socket: WebSocket, kind: str) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(late, socket, kind)

    @app.websocket("/probe/number")
    async def number(socket: WebSocket, n: int) -> None: ...

    @app.websocket("/probe/closed")
    async def closed(socket: WebSocket) -> None:
        await socket.close(4401, "Who are you?")

    @app.websocket("/probe/forgotten")
    async def forgotten(socket: WebSocket) -> None: ...

    @app.websocket("/probe/refused")
    async def refused(socket: WebSocket) -> None:
        raise WebSocketException(1008, "Who are you?")

    @app.websocket("/probe/titled/{kind}")
    async def titled(socket: WebSocket, kind: str) -> None:
        await socket.accept()
        title = {"long": "가" * 100, "no-text": {"a": 1}, "surrogate": "\ud800"}[kind]
        raise ConflictError("Taken.", title=title)

    @app.websocket("/probe/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()

    @app.websocket("/probe/echo-in-a-group")
    async def echo_in_a_group(socket: WebSocket) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(echo, socket)

    @app.get("/probe/broken", include_in_schema=False)
    async def probe_broken() -> None:
        raise RuntimeError("s3cret")

    @app.get("/probe/broken-off", include_in_schema=False)
    async def broken_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"the beginning"
            raise RuntimeError

        return StreamingResponse(parts())

    @app.post("/probe/size", include_in_schema=False)
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.post("/probe/size-in-a-group", include_in_schema=False)
    async def size_in_a_group(request: Request) -> int:
        async with asyncio.TaskGroup() as group:
            body = group.create_task(request.body())
        return len(body.result())

    return without_team_middleware(app)


@pytest.fixture
def client_through(app: FastAPI) -> Iterator[TestClient]:
    """Of the service with middleware of a team."""
    app.user_middleware += [Middleware(Base), Middleware(Pure)]
    with TestClient(app) as client:
        yield client


def test_a_request_gets_an_id(client: TestClient) -> None:
    first, second = (client.get("/health/live").headers["X-Request-ID"] for _ in range(2))
    assert len(first) == 32
    assert first != second


def test_a_plain_id_of_the_client_is_kept(client: TestClient) -> None:
    response = client.get("/health/live", headers={"X-Request-ID": "order-66_a.b"})
    assert response.headers.get_list("X-Request-ID") == ["order-66_a.b"]


@pytest.mark.parametrize("bad", ["", "x" * 65, "a b", "<script>", "a\tb", "é", "{}", "$(id)"])
def test_any_other_id_is_replaced(client: TestClient, bad: str) -> None:
    response = client.get("/health/live", headers={b"X-Request-ID": bad.encode()})
    assert len(response.headers["X-Request-ID"]) == 32


def test_an_unexpected_error_shows_nothing_and_keeps_id_and_cors(client: TestClient) -> None:
    response = client.get("/probe/broken", headers={"X-Request-ID": "abc", "Origin": ORIGIN})
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == response.json()["request_id"] == "abc"
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "s3cret" not in response.text
    assert "RuntimeError" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        *(f"/probe/unexpected/{kind}" for kind in UNEXPECTED),
        # Python closes what waits for a thread with a GeneratorExit: it may not even send a response.
        *(f"/probe/unexpected-on-a-thread/{kind}" for kind in UNEXPECTED if kind != "generator"),
        "/probe/mounted/broken",
    ],
)
def test_whatever_is_raised_becomes_a_problem(app: FastAPI, path: str) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    response = client.get(path)
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert "s3cret" not in response.text


def test_an_unexpected_error_is_logged_once(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/probe/unexpected/exit")
    assert [type(line["exc_info"]) for line in lines if line["event"] == "unexpected_error"] == [SystemExit]


async def test_a_request_that_the_server_cancels_ends_with_a_503(app: FastAPI) -> None:
    sent: list[Any] = []
    waiting = asyncio.Event()

    @app.get("/probe/slow")
    async def slow() -> None:
        waiting.set()
        await asyncio.Event().wait()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/probe/slow", "headers": [], "query_string": b""}
    request = asyncio.create_task(app(scope, never, send))
    await waiting.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"retry-after"]) == (503, b"1")


async def never() -> MutableMapping[str, Any]:
    return await asyncio.Future()


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "a"}, {"X-Read": "yes"}])
def test_a_client_that_hangs_up_is_no_error_of_the_service(
    app: FastAPI, client_through: TestClient, headers: dict[str, str]
) -> None:
    sent: list[Any] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = {**client_through.headers, **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/probe/json", "headers": raw, "query_string": b""}
    scope["state"] = dict(client_through.app_state)
    assert client_through.portal
    with structlog.testing.capture_logs() as lines:
        client_through.portal.call(app, scope, receive, send)
    assert [line["status"] for line in lines if line["event"] == "request"] == [None]
    assert not [line for line in lines if "exc_info" in line]
    assert sent == []


@pytest.mark.parametrize("path", ["/probe/mounted/json", "/probe/mounted/size", "/probe/size-in-a-group"])
async def test_a_client_that_hangs_up_while_its_body_is_read_leaves_no_status(
    app: FastAPI, path: str
) -> None:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: MutableMapping[str, Any]) -> None: ...

    headers = [(b"content-type", b"application/json"), (b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    with structlog.testing.capture_logs() as lines:
        await app(scope, receive, send)
    assert [(line["event"], line["status"]) for line in lines] == [("request", None)]


@pytest.mark.parametrize(("kind", "status"), [("conflict", 409), ("http", 403), ("error", 500)])
def test_what_middleware_raises_is_a_problem(client_through: TestClient, kind: str, status: int) -> None:
    response = client_through.get("/health/live", headers={"X-Fail": kind, "Origin": ORIGIN})
    assert response.status_code == response.json()["status"] == status
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("error", [Exception, 500])
def test_a_handler_of_unexpected_errors_can_be_replaced(app: FastAPI, client: TestClient, error: Any) -> None:
    def ours(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse(type(error).__name__, 500)

    app.add_exception_handler(error, ours)
    response = client.get("/probe/broken")
    assert response.json() == "RuntimeError"
    assert response.headers["X-Request-ID"]


def test_a_handler_that_fails_leaves_a_problem(app: FastAPI, client: TestClient) -> None:
    async def fails(_: Request, error: Exception) -> JSONResponse:
        raise LookupError

    app.add_exception_handler(Exception, fails)
    assert client.get("/probe/broken").json()["title"] == "Internal Server Error"


@pytest.mark.parametrize(("kind", "status"), [("conflict", 409), ("http", 403), ("error", 500)])
def test_a_socket_is_refused_with_a_problem(client: TestClient, kind: str, status: int) -> None:
    with (
        structlog.testing.capture_logs() as lines,
        pytest.raises(WebSocketDenialResponse) as denial,
        client.websocket_connect(f"/probe/early/{kind}"),
    ):
        pass
    assert denial.value.status_code == status
    assert denial.value.json()["request_id"] == denial.value.headers["X-Request-ID"]
    assert [line["event"] for line in lines] == ["unexpected_error"] * (status == 500)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/probe/number", 422, "The request is not valid: see `errors`."),
        ("/probe/closed", 403, "Who are you?"),
        ("/probe/refused", 403, "Who are you?"),
        ("/probe/nowhere", 403, "Forbidden"),
        ("/probe/forgotten", 500, "The service failed. Its log says why, under this request ID."),
    ],
)
def test_a_socket_that_is_not_accepted_is_refused_with_a_problem_too(
    client: TestClient, path: str, status: int, detail: str
) -> None:
    with pytest.raises(WebSocketDenialResponse) as denial, client.websocket_connect(path):
        pass
    body = denial.value.json()
    assert denial.value.status_code == body["status"] == status
    assert body["detail"] == detail
    assert body["request_id"] == denial.value.headers["X-Request-ID"]
    assert [error["pointer"] for error in body.get("errors", ())] == ["#/n"] * (status == 422)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("long", "가" * 41), ("no-text", "{'a': 1}"), ("surrogate", "\\ud800")],
)
def test_a_reason_is_a_text_that_fits_in_a_frame(client: TestClient, kind: str, reason: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as end,
        client.websocket_connect(f"/probe/titled/{kind}") as socket,
    ):
        socket.receive_text()
    assert (end.value.code, end.value.reason) == (1008, reason)


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("conflict", 1008, "Conflict"),
        ("http", 1008, "Forbidden"),
        ("unavailable", 1011, "Service Unavailable"),
        ("error", 1011, "Internal Server Error"),
    ],
)
@pytest.mark.parametrize("path", ["/probe/late", "/probe/late-in-a-group"])
def test_an_open_socket_is_closed_for_a_reason(
    client: TestClient, path: str, kind: str, code: int, reason: str
) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as end,
        client.websocket_connect(f"{path}/{kind}") as socket,
    ):
        socket.receive_text()
    assert (end.value.code, end.value.reason) == (code, reason)


@pytest.mark.parametrize("path", ["/probe/echo", "/probe/echo-in-a-group"])
def test_a_client_that_leaves_a_socket_is_no_error(client: TestClient, path: str) -> None:
    with structlog.testing.capture_logs() as lines, client.websocket_connect(path):
        pass
    assert lines == []


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/openapi.json", "/probe/own-id"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    headers = ({k: v for k, v in each.headers.items() if k != "x-request-id"} for each in (got, head))
    assert next(headers) == next(headers)


@pytest.mark.timeout(60)
def test_head_of_a_stream_ends_with_its_headers(app: FastAPI, client: TestClient) -> None:
    @app.get("/probe/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[int]:
        while True:
            yield 1
            await asyncio.sleep(0.01)

    @app.get("/probe/parts")
    async def parts() -> StreamingResponse:
        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"part"
                await asyncio.sleep(0.01)

        return StreamingResponse(endless(), headers={"X-Kind": "parts"})

    with structlog.testing.capture_logs() as lines:
        assert client.head("/probe/events").headers["Content-Type"].startswith("text/event-stream")
        assert client.head("/probe/parts").headers["X-Kind"] == "parts"
    assert [line["status"] for line in lines if line["event"] == "request"] == [200, 200]
    assert not [line for line in lines if "exc_info" in line]


class Choosy(Convertor[str]):
    """As a team writes one."""

    regex = "[a-z]+"

    def convert(self, value: str) -> str:
        raise ValueError(value)


register_url_convertor("choosy", Choosy())


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_path_parameter_that_cannot_be_converted_is_a_problem(
    app: FastAPI, client: TestClient, method: str
) -> None:
    app.get("/probe/pages/{page:int}")(lambda page: page)
    app.get("/probe/words/{word:choosy}")(lambda word: word)
    assert client.get("/probe/pages/" + "9" * 30).text == "9" * 30
    assert client.request(method, "/probe/pages/" + "9" * 5000).status_code == 404
    response = client.request(method, "/probe/words/a")
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_head_of_its_own_is_called(app: FastAPI, client: TestClient) -> None:
    @app.head("/probe/own-id")
    async def head(response: Response) -> None:
        response.headers["X-Head"] = "own"

    assert client.head("/probe/own-id").headers["X-Head"] == "own"
    assert client.head("/nowhere").status_code == 404


def test_no_content_has_no_type(client: TestClient) -> None:
    response = client.delete("/probe/nothing")
    assert response.status_code == 204
    assert {"content-type", "content-length"}.isdisjoint(response.headers)


def test_a_request_id_is_sent_once(client: TestClient) -> None:
    assert len(client.get("/probe/own-id").headers.get_list("X-Request-ID")) == 1


def test_an_unexpected_error_is_logged_under_its_request(client: TestClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        client.get("/probe/broken", headers={"X-Request-ID": "abc"})
    [line] = [line for line in lines if line["event"] == "unexpected_error"]
    assert (line["log_level"], type(line["exc_info"]), line["request_id"]) == ("error", RuntimeError, "abc")


def test_an_error_in_the_middle_of_a_response_breaks_it_off(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(RuntimeError):
        client.get("/probe/broken-off")
    assert [line["status"] for line in lines if line["event"] == "request"] == [None]


@pytest.mark.parametrize(
    ("error", "events"), [(None, ["request"]), (LookupError(), ["response_abandoned", "request"])]
)
async def test_a_client_that_hangs_up_in_the_middle_of_a_response_leaves_no_status(
    app: FastAPI, error: Exception | None, events: list[str]
) -> None:
    """Nor is it an error that the rest of the stream fails."""
    started = asyncio.Event()

    @app.get("/probe/endless")
    async def endless() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"part"
                    await asyncio.sleep(0)
            finally:
                if error:
                    raise error

        return StreamingResponse(parts())

    async def receive() -> MutableMapping[str, Any]:
        await started.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        started.set()

    scope = {"type": "http", "method": "GET", "path": "/probe/endless", "headers": [], "query_string": b""}
    with structlog.testing.capture_logs() as lines:
        await app(scope, receive, send)
    assert [line["event"] for line in lines] == events
    assert lines[-1]["status"] is None


def test_a_probe_is_logged_only_when_it_fails(client: TestClient) -> None:
    client.app_state["readiness"] = Readiness({}, timeout=1)
    with structlog.testing.capture_logs() as lines:
        for path in ("/health/live", "/health/ready"):
            client.get(path)
            client.head(path)
        client.app_state["readiness"].stopping = True
        client.get("/health/ready")
        client.get("/health/nothing")
    access = [(line["path"], line["status"]) for line in lines if line["event"] == "request"]
    assert access == [("/health/ready", 503), ("/health/nothing", 404)]


def test_an_address_of_a_mounted_application_is_no_probe(app: FastAPI, client: TestClient) -> None:
    mounted = FastAPI()
    mounted.add_api_route("/health/live", lambda: None)
    app.mount("/probe/apart", mounted)
    with structlog.testing.capture_logs() as lines:
        client.get("/probe/apart/health/live")
    assert [line["path"] for line in lines if line["event"] == "request"] == ["/probe/apart/health/live"]


def test_a_probe_behind_a_prefix_is_a_probe(app: FastAPI) -> None:
    with TestClient(app, root_path="/api") as client, structlog.testing.capture_logs() as lines:
        client.get("/api/health/live")
    assert [line for line in lines if line["event"] == "request"] == []


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/docs/no-asset"])
def test_every_response_has_cors_headers_and_exposes_those_that_scripts_need(
    client: TestClient, path: str
) -> None:
    response = client.get(path, headers={"Origin": ORIGIN})
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Expose-Headers"] == (
        "Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
    )


def test_a_preflight_response_has_an_id(client: TestClient) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "idempotency-key",
    }
    response = client.options("/health/live", headers=headers)
    assert response.status_code == 200
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"] == "idempotency-key"
    assert response.headers["X-Request-ID"]


def test_a_preflight_that_is_refused_is_a_problem(client: TestClient) -> None:
    headers = {"Origin": "https://other.example", "Access-Control-Request-Method": "PATCH"}
    response = client.options("/health/live", headers=headers)
    assert response.status_code == response.json()["status"] == 400
    assert response.json()["detail"] == "Disallowed CORS origin"
    assert int(response.headers["Content-Length"]) == len(response.content)


def test_without_origins_there_is_no_cors(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"cors_origins": ()}))) as client:
        response = client.get("/health/live", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_body_of_the_largest_size_is_taken(client: TestClient) -> None:
    assert client.post("/probe/size", content=b"x" * 100).json() == 100


def test_a_larger_body_is_refused(client: TestClient) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield from [b"x" * 60] * 2

    for content in (b"x" * 101, in_pieces()):
        response = client.post("/probe/size", content=content)
        assert response.status_code == 413
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["title"] == "Content Too Large"


@pytest.mark.parametrize("headers", [{}, {"X-Read": "yes"}], ids=["the handler", "middleware"])
@pytest.mark.parametrize("path", ["/probe/size", "/probe/json"])
def test_a_larger_body_is_refused_whoever_reads_it(
    client_through: TestClient, path: str, headers: dict[str, str]
) -> None:
    json = {"Content-Type": "application/json"}
    response = client_through.post(path, content=b"1" * 101, headers=headers | json)
    assert response.status_code == response.json()["status"] == 413


async def test_the_pieces_of_a_body_are_counted_together() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * 50, "more_body": True}

    receive_limited = limit(receive, 100, declared=0, is_responding=lambda: False)
    for _ in range(2):
        assert await receive_limited() == await receive()
    for _ in range(2):
        with pytest.raises(HTTPException, match="at most 100 bytes"):
            await receive_limited()


async def test_what_is_left_of_a_body_is_thrown_away_once_a_response_has_begun() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": True}

    receive_limited = limit(receive, 100, declared=1000, is_responding=lambda: True)
    assert await receive_limited() == {"type": "http.request", "body": b"", "more_body": True}


def test_each_request_is_logged_once(client: TestClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        client.get("/docs", headers={"X-Request-ID": "abc"})
        client.get("/nowhere")
    access = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["path"], line["status"]) for line in access] == [
        ("GET", "/docs", 200),
        ("GET", "/nowhere", 404),
    ]
    assert access[0]["request_id"] == "abc"


def test_the_duration_of_a_request_is_logged_in_milliseconds(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/v1/test-probe/slow?seconds=0.05")
    [line] = [line for line in lines if line["event"] == "request"]
    assert 50 <= line["duration_ms"] < 20_000
