"""What a team adds as it would to any FastAPI application."""

import pytest
from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.testclient import TestClient

from app.database import Session, SessionDep
from app.errors import NotFoundError, install_errors


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    mounted = FastAPI()
    install_errors(mounted)
    app.mount("/probe/mounted", mounted)

    @mounted.get("/missing")
    async def missing() -> None:
        raise NotFoundError("There is no such thing.")

    @app.exception_handler(LookupError)
    async def on_lookup_error(_: Request, __: Exception) -> Response:
        return Response("ours", 410)

    @app.get("/probe/gone")
    async def gone() -> None:
        raise LookupError

    @app.websocket("/probe/socket")
    async def echo(socket: WebSocket, session: SessionDep) -> None:
        await socket.accept()
        await socket.send_json([await socket.receive_text(), isinstance(session, Session)])

    return app


def test_a_mounted_application_can_have_the_same_errors(client: TestClient) -> None:
    response = client.get("/probe/mounted/missing")
    assert (response.status_code, response.json()["detail"]) == (404, "There is no such thing.")
    assert response.json()["request_id"] == response.headers["X-Request-ID"]


def test_an_exception_handler_of_the_team_is_called(client: TestClient) -> None:
    response = client.get("/probe/gone")
    assert (response.status_code, response.text) == (410, "ours")


def test_a_socket_has_a_session(client: TestClient) -> None:
    with client.websocket_connect("/probe/socket") as socket:
        socket.send_text("hello")
        assert socket.receive_json() == ["hello", True]
