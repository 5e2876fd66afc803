"""What lies between clients and the service, and what attackers send there."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from fastapi import FastAPI, Response, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from app.edge import SECURITY_HEADERS, client_key
from app.factory import create_app
from app.settings import Settings
from tests.support.middleware import without_team_middleware

HOST = "api.example.com"
SECURITY = {name.decode(): value.decode() for name, value in SECURITY_HEADERS}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    hosts = ("testserver", HOST, "*.shop.example")
    return settings.model_copy(update={"allowed_hosts": hosts})


@pytest.fixture
def impatient(settings: Settings) -> Iterator[TestClient]:
    """Of a service that waits two seconds, so that a busy machine does what is in time in time."""
    app = create_app(settings.model_copy(update={"request_timeout": 2}))
    add_probes(app)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    add_probes(app)
    return app


def add_probes(app: FastAPI) -> None:
    without_team_middleware(app)

    @app.get("/probe/own")
    async def own(response: Response) -> None:
        response.headers.update({"Cache-Control": "max-age=60", "Content-Security-Policy": "sandbox"})

    @app.get("/probe/version")
    async def version(response: Response) -> None:
        response.headers["ETag"] = '"1"'

    @app.get("/probe/error")
    async def error() -> None:
        raise RuntimeError

    @app.get("/probe/forever")
    async def forever() -> None:
        await asyncio.Event().wait()

    @app.get("/probe/stubborn")
    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "late, and well"
        return ""

    @app.get("/probe/failing")
    async def failing() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError

    @app.get("/probe/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            for _ in range(5):
                yield "part "
                await asyncio.sleep(0.6)

        return StreamingResponse(parts())

    @app.post("/probe/json")
    async def read(data: list[int]) -> int:
        return len(data)

    @app.websocket("/probe/socket")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await asyncio.sleep(2.5)
        await socket.send_text("late")


# Headers


@pytest.mark.parametrize(
    ("path", "status"),
    [("/health/live", 200), ("/nowhere", 404), ("/probe/error", 500), ("/openapi.json", 200), ("/", 307)],
)
def test_every_response_has_security_headers_and_is_not_stored(
    client: TestClient, path: str, status: int
) -> None:
    response = client.get(path, follow_redirects=False)
    assert response.status_code == status
    assert SECURITY.items() <= response.headers.items()
    assert response.headers["Cache-Control"] == "no-store"


def test_a_handler_has_the_last_word(client: TestClient) -> None:
    headers = client.get("/probe/own").headers
    assert headers.get_list("Cache-Control") == ["max-age=60"]
    assert headers.get_list("Content-Security-Policy") == ["sandbox"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/probe/version", "/docs/static/favicon.png"])
def test_what_has_a_version_is_kept_by_its_client_alone_and_asked_for_again(
    client: TestClient, path: str
) -> None:
    assert client.get(path).headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_browsers_are_told_to_use_tls_over_tls_alone(app: FastAPI, scheme: str) -> None:
    response = TestClient(app, base_url=f"{scheme}://{HOST}").get("/health/live")
    assert ("Strict-Transport-Security" in response.headers) == (scheme == "https")


def test_a_socket_that_is_refused_has_security_headers(client: TestClient) -> None:
    headers = {"Host": "other.example"}
    with (
        pytest.raises(WebSocketDenialResponse) as denial,
        client.websocket_connect("/probe/socket", headers=headers),
    ):
        pass
    assert denial.value.status_code == denial.value.json()["status"] == 400
    assert SECURITY.items() <= denial.value.headers.items()


# Hosts


@pytest.mark.parametrize("host", [HOST, f"{HOST}:8443", HOST.upper(), "a.shop.example", "a.b.shop.example"])
def test_a_host_of_the_service_is_served(client: TestClient, host: str) -> None:
    assert client.get("/nowhere", headers={"Host": host}).status_code == 404


@pytest.mark.parametrize(
    "host",
    [
        "other.example",
        "shop.example",
        "evilshop.example",
        f"{HOST}.evil.example",
        f"evil.example:80@{HOST}",
        f"{HOST}, evil.example",
        f"{HOST}:80:80",
        f"{HOST}:evil",
        f"{HOST}/",
        "",
        "[::1]",
        "é.example",
    ],
)
def test_any_other_host_is_refused_but_for_probes(client: TestClient, host: str) -> None:
    headers = {b"Host": host.encode()}
    refused = client.get("/nowhere", headers=headers)
    assert refused.status_code == refused.json()["status"] == 400
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"]
    assert client.get("/health/live", headers=headers).status_code == 200


async def test_two_hosts_or_none_are_refused(app: FastAPI) -> None:
    for named in ([], [HOST, HOST], [HOST, "evil.example"], ["evil.example", HOST]):
        sent = await call(app, "/nowhere", [(b"host", host.encode()) for host in named])
        assert sent[0]["status"] == 400


async def call(app: FastAPI, path: str, headers: list[tuple[bytes, bytes]]) -> list[Any]:
    sent: list[Any] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    return sent


# Time


@pytest.mark.parametrize("path", ["/probe/forever", "/probe/failing"])
def test_a_response_that_does_not_begin_in_time_is_a_504(impatient: TestClient, path: str) -> None:
    with structlog.testing.capture_logs() as lines:
        response = impatient.get(path)
    assert response.status_code == response.json()["status"] == 504
    assert "Idempotency-Key" in response.json()["detail"]
    assert [line["status"] for line in lines if line["event"] == "request"] == [504]


def test_a_handler_that_ends_well_all_the_same_is_served(impatient: TestClient) -> None:
    assert impatient.get("/probe/stubborn").json() == "late, and well"


def test_what_has_begun_in_time_may_take_longer(impatient: TestClient) -> None:
    assert impatient.get("/probe/stream").text == "part " * 5
    with impatient.websocket_connect("/probe/socket") as socket:
        assert socket.receive_text() == "late"


@pytest.mark.parametrize("declared", [[(b"content-length", b"9")], [(b"transfer-encoding", b"chunked")]])
async def test_a_body_that_does_not_arrive_in_time_is_a_408(
    impatient: TestClient, declared: list[tuple[bytes, bytes]]
) -> None:
    sent: list[Any] = []
    pieces: Iterator[bytes] = iter([b"[1,", b"2"])

    async def receive() -> MutableMapping[str, Any]:
        for piece in pieces:
            return {"type": "http.request", "body": piece, "more_body": True}
        return await asyncio.Future()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [*declared, (b"content-type", b"application/json"), (b"host", HOST.encode())]
    scope = {"type": "http", "method": "POST", "path": "/probe/json", "headers": headers, "query_string": b""}
    await impatient.app({**scope, "state": dict(impatient.app_state)}, receive, send)
    assert sent[0]["status"] == json.loads(sent[1]["body"])["status"] == 408
    assert dict(sent[0]["headers"])[b"connection"] == b"close"


# Headers of attackers


@pytest.mark.parametrize(
    "value",
    ["a\r\nSet-Cookie: b=1", "a\nb", "a\rb", "a\0b", "../../etc", "${jndi:ldap://evil}", "a" * 9999],
)
def test_a_request_id_injects_nothing_into_headers_or_logs(client: TestClient, value: str) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        response = client.get("/nowhere", headers={b"X-Request-ID": value.encode()})
    assert "Set-Cookie" not in response.headers
    assert len(response.headers["X-Request-ID"]) == 32
    assert value not in repr(lines)


@pytest.mark.parametrize("root_path", ["", "/api"])
@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Prefix", "X-Original-URL"])
def test_no_header_of_a_client_moves_the_addresses_in_responses(
    app: FastAPI, header: str, root_path: str
) -> None:
    client = TestClient(app, root_path=root_path)
    for path in ("/", "/docs"):
        response = client.get(f"{root_path}{path}", headers={header: "/evil"}, follow_redirects=False)
        assert "evil" not in response.text + response.headers.get("Location", "")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://api.example.com"])
def test_no_origin_is_allowed_before_it_is_named(client: TestClient, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for response in (client.get("/nowhere", headers=headers), client.options("/nowhere", headers=headers)):
        assert not [name for name in response.headers if name.startswith("access-control")]


# Whose request it is


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002"),
        ("2001:db8:1:2::9", "20010db800010002"),
        ("fe80::1%eth0", "fe80000000000000"),
        ("no address", "no address"),
        (None, "unknown"),
    ],
)
def test_a_client_is_its_address_or_its_network(host: str | None, key: str) -> None:
    assert client_key({"client": (host, 50000) if host else None}) == key


# What can be switched off


def test_the_documents_of_the_api_can_be_switched_off(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"api_docs": False}))) as client:
        for path in ("/", "/docs", "/openapi.json", "/docs/static/swagger-ui.css", "/docs/oauth2-redirect"):
            assert client.get(path).status_code == 404
        assert client.get("/health/live").status_code == 200
