"""Guards of what is no operation: WebSockets and mounted applications."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection
from starlette.testclient import WebSocketDenialResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.auth import PrincipalDep, act_as, authenticate, current_principal, guard
from app.errors import install_errors
from app.routing import PrefixRouter
from tests.support.principals import CredentialsOf

NO_HEADER = {"Authorization": ""}


@pytest.fixture
def sockets(app: FastAPI) -> FastAPI:
    router = PrefixRouter(prefix="/shelves")

    @router.websocket("/socket")
    async def serve(socket: WebSocket, principal: PrincipalDep) -> None:
        await socket.accept()
        await socket.send_text(principal.id)

    app.include_router(router)
    return app


def test_a_socket_has_a_principal(
    sockets: FastAPI, client: TestClient, credentials_of: CredentialsOf
) -> None:
    seen = []
    for name in ("ada", "eve", "ada"):
        headers: dict[str, Any] = credentials_of(name, "shelves:write")
        with client.websocket_connect("/shelves/socket", headers=headers) as socket:
            seen.append(socket.receive_text())
    assert seen[0] == seen[2] != seen[1]


@pytest.mark.parametrize(("scopes", "status"), [(None, 401), ("shelves:read", 403)])
def test_a_socket_is_refused_before_it_is_open(
    sockets: FastAPI, client: TestClient, credentials_of: CredentialsOf, scopes: str | None, status: int
) -> None:
    headers = NO_HEADER if scopes is None else credentials_of("ada", scopes)
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/shelves/socket", headers=headers),
    ):
        pass
    assert refused.value.status_code == status
    assert refused.value.headers["Content-Type"] == "application/problem+json"


@pytest.fixture
def browsers(app: FastAPI) -> FastAPI:
    """As docs/authorisation.md shows it."""
    app.router.dependencies.clear()
    router = PrefixRouter(prefix="/open", dependencies=[])

    @router.websocket("/socket")
    async def serve(socket: WebSocket) -> None:
        await socket.accept()
        principal = await socket.state.authenticator.authenticate(await socket.receive_text())
        principal.require("shelves:write")
        act_as(principal)
        await socket.send_text(str(current_principal() == principal))

    app.include_router(router)
    return app


@pytest.mark.usefixtures("browsers")
def test_the_first_message_of_a_browser_is_its_token(
    client: TestClient, credentials_of: CredentialsOf
) -> None:
    for scopes in ("shelves:write", "admin"):
        with client.websocket_connect("/open/socket", headers=NO_HEADER) as socket:
            socket.send_text(credentials_of("ada", scopes)["Authorization"].removeprefix("Bearer "))
            assert socket.receive_text() == "True"


@pytest.mark.usefixtures("browsers")
def test_a_first_message_that_is_no_good_token_closes_the_socket(
    client: TestClient, credentials_of: CredentialsOf
) -> None:
    reader = credentials_of("ada", "shelves:read")["Authorization"].removeprefix("Bearer ")
    for message, reason in {"": "Unauthorized", "\u20ac" * 9000: "Unauthorized", reader: "Forbidden"}.items():
        with client.websocket_connect("/open/socket", headers=NO_HEADER) as socket:
            socket.send_text(message)
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()
        assert (closed.value.code, closed.value.reason) == (1008, reason)


class Guarded:
    """As docs/fastapi.md shows it."""

    def __init__(self, app: ASGIApp, scope: str) -> None:
        self.app, self.scope = app, scope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        principal = await authenticate(HTTPConnection(scope))
        principal.require(self.scope)
        await self.app(scope, receive, send)


@pytest.fixture
def mounted(app: FastAPI) -> Iterator[TestClient]:
    legacy = FastAPI(openapi_url=None, dependencies=[guard("legacy")])
    install_errors(legacy)

    @legacy.get("/page.png")
    async def page() -> str:
        principal = current_principal()
        assert principal
        return principal.id

    @legacy.get("/broken")
    async def broken() -> None:
        raise RuntimeError("s3cret")

    app.mount("/probe/legacy", legacy)
    files = StaticFiles(packages=[("fastapi_offline", "static")])
    app.mount("/probe/files", Guarded(files, "legacy:read"))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/probe/legacy/page.png", "/probe/files/favicon.png"])
def test_what_is_mounted_may_have_a_guard(
    mounted: TestClient, credentials_of: CredentialsOf, path: str
) -> None:
    refused = mounted.get(path, headers=NO_HEADER)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    for scopes, status in {"legacy:write": 403, "legacy:read": 200, "admin": 200}.items():
        response = mounted.get(path, headers=credentials_of("ada", scopes))
        assert response.status_code == status
        assert response.headers["X-Request-ID"]
        assert ("problem" in response.headers["Content-Type"]) == (status == 403)


def test_an_unexpected_error_in_a_mounted_application_is_a_problem_that_a_test_may_raise(
    mounted: TestClient, credentials_of: CredentialsOf
) -> None:
    admin = credentials_of("ada", "admin")
    response = mounted.get("/probe/legacy/broken", headers=admin)
    assert (response.status_code, "s3cret" in response.text) == (500, False)
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
