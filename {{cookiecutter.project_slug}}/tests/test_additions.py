"""What a team adds to a FastAPI application works in this one."""

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.testclient import TestClient

from app.database import Session, SessionDep
from app.errors import NotFoundError, install_errors


def test_a_mounted_application_can_have_the_same_errors(app: FastAPI, client: TestClient) -> None:
    mounted = FastAPI()
    install_errors(mounted)

    @mounted.get("/missing")
    async def missing() -> None:
        raise NotFoundError("There is no such thing.")

    app.mount("/mounted", mounted)
    response = client.get("/mounted/missing")
    assert (response.status_code, response.json()["detail"]) == (404, "There is no such thing.")
    assert response.json()["request_id"] == response.headers["X-Request-ID"]


def test_an_exception_handler_of_the_team_is_called(app: FastAPI, client: TestClient) -> None:
    @app.exception_handler(LookupError)
    async def on_lookup_error(_: Request, __: Exception) -> Response:
        return Response("ours", 410)

    @app.get("/probe/gone")
    async def gone() -> None:
        raise LookupError

    assert (client.get("/probe/gone").status_code, client.get("/probe/gone").text) == (410, "ours")


def test_a_socket_has_the_session_of_a_request(app: FastAPI, client: TestClient) -> None:
    @app.websocket("/probe/socket")
    async def echo(socket: WebSocket, session: SessionDep) -> None:
        await socket.accept()
        await socket.send_json([await socket.receive_text(), isinstance(session, Session)])

    with client.websocket_connect("/probe/socket") as socket:
        socket.send_text("hello")
        assert socket.receive_json() == ["hello", True]
