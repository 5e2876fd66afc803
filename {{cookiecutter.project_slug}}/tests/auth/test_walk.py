"""The tests that walk through all routes: what they find, and what they take as it is documented."""

from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Host

from app.auth import AdminOnly, PrincipalDep, authenticate, guard
from app.errors import ForbiddenError
from app.routing import PrefixRouter
from tests.support.principals import CredentialsOf
from . import test_guards

FILE = "tests/auth/test_guards.py"


async def here() -> str:
    return "here"


async def refuse(principal: PrincipalDep) -> None:
    raise ForbiddenError("This week it is closed.")


async def stream() -> StreamingResponse:
    return StreamingResponse(iter(["a", "b"]))


async def talk(socket: WebSocket) -> None:
    await socket.accept()


async def answer(_: Request) -> Response:
    return Response()


def add(router: APIRouter | FastAPI, path: str, endpoint: Any = here, **options: Any) -> None:
    """With an operation ID of its own."""
    router.add_api_route(path, endpoint, operation_id=f"walked{path.replace('/', '_')}", **options)


def walk(client: TestClient, credentials_of: CredentialsOf) -> None:
    assert isinstance(client.app, FastAPI)
    test_guards.test_every_operation_needs_credentials_and_says_so(client)
    test_guards.test_every_operation_needs_its_scopes(client, credentials_of)
    test_guards.test_what_the_document_does_not_name_is_guarded_or_known(client.app)


@pytest.fixture
def walked(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Only through the shelves: the tests themselves walk through the routes of the service."""
    every = test_guards.guarded

    def of_shelves(client: TestClient) -> list[tuple[str, str, str, set[str]]]:
        return [found for found in every(client) if "/shelves" in found[1]]

    monkeypatch.setattr(test_guards, "guarded", of_shelves)
    return client


def test_what_is_stricter_than_its_path_says_needs_no_row(
    app: FastAPI, walked: TestClient, credentials_of: CredentialsOf
) -> None:
    shelves = PrefixRouter(prefix="/shelves")
    add(shelves, "")
    add(shelves, "/admin", dependencies=[AdminOnly])
    add(shelves, "/both", methods=["DELETE"], dependencies=[guard("books")])
    add(shelves, "/closed", refuse, methods=["POST"])
    add(shelves, "/stream", stream)
    shelves.add_api_websocket_route("/socket", talk)
    add(shelves, "/hidden", include_in_schema=False)
    app.include_router(shelves)
    add(app, "/shelves-of-admins", dependencies=[AdminOnly])
    walk(walked, credentials_of)


OTHERS: dict[str, tuple[list[Any], set[str]]] = {
    "the scope of others": ([guard("vehicles")], {"vehicles:read"}),
    "a token, and no scope": ([Depends(authenticate)], set()),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_scope_than_that_of_the_path_is_a_row(
    app: FastAPI,
    walked: TestClient,
    credentials_of: CredentialsOf,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    dependencies, scopes = OTHERS[name]
    router = PrefixRouter(prefix="/other/shelves", dependencies=dependencies)
    add(router, "")
    app.include_router(router)
    with pytest.raises(AssertionError, match=f"get /other/shelves asks for (?s:.*) SCOPES in {FILE}"):
        walk(walked, credentials_of)
    monkeypatch.setitem(test_guards.SCOPES, ("get", "/other/shelves"), scopes)
    walk(walked, credentials_of)


def test_an_operation_without_a_guard_is_found(
    app: FastAPI, walked: TestClient, credentials_of: CredentialsOf
) -> None:
    add(app, "/shelves/open")
    with pytest.raises(AssertionError, match=f"get /shelves/open has no guard(?s:.*) PUBLIC in {FILE}"):
        walk(walked, credentials_of)


def socket_router() -> APIRouter:
    router = APIRouter(prefix="/probe/in")
    router.add_api_websocket_route("/socket", talk)
    return router


# What the OpenAPI document has no word for.
UNGUARDED: dict[str, Any] = {
    "/probe/legacy": lambda app: app.mount("/probe/legacy", FastAPI()),
    "legacy.example": lambda app: app.router.routes.append(Host("legacy.example", Starlette())),
    "/probe/plain": lambda app: app.add_route("/probe/plain", answer),
    "/probe/hidden": lambda app: add(app, "/probe/hidden", include_in_schema=False),
    "/probe/socket": lambda app: app.add_api_websocket_route("/probe/socket", talk),
    "/probe/in/socket": lambda app: app.include_router(socket_router()),
}


@pytest.mark.parametrize("path", UNGUARDED)
def test_what_is_in_no_document_and_has_no_guard_is_found(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    UNGUARDED[path](app)
    with pytest.raises(AssertionError, match=rf"{path} \((?s:.*) UNLISTED in {FILE}"):
        test_guards.test_what_the_document_does_not_name_is_guarded_or_known(app)
    monkeypatch.setattr(test_guards, "UNLISTED", {*test_guards.UNLISTED, path})
    test_guards.test_what_the_document_does_not_name_is_guarded_or_known(app)
