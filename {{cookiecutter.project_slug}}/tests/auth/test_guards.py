from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI, UploadFile, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from app.auth import AdminOnly, PrincipalDep, guard
from app.factory import create_app
from app.routing import PrefixRouter
from app.settings import Settings
from tests.support.principals import CredentialsOf

# What everybody may do.
PUBLIC = {("get", "/health/live"), ("get", "/health/ready")}
ITEM = "/v1/test-probe/item/1"
NO_HEADER = {"Authorization": ""}


def guarded(client: TestClient) -> list[tuple[str, str, set[str]]]:
    """Every operation that is not for everybody, with an address, and the names of its security schemes."""
    found = []
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        url = path
        while "{" in url:
            url = url[: url.index("{")] + str(uuid4()) + url[url.index("}") + 1 :]
        for method, operation in operations.items():
            schemes = {name for each in operation.get("security", ()) for name in each}
            if operation.get("tags") == ["authentication"]:
                # What has no scope has a table of its own.
                continue
            if (method, path) not in PUBLIC:
                found.append((method, url, schemes))
            else:
                assert not schemes, f"{method} {path} is for everybody, and says that it is not"
    return found


def test_every_operation_needs_credentials_and_says_so(client: TestClient) -> None:
    operations = guarded(client)
    assert operations
    for method, url, schemes in operations:
        assert schemes, f"{method} {url} has no guard: docs/authorisation.md"
        if schemes == {"bearer"}:
            refused = client.request(method, url, headers=NO_HEADER)
            assert (refused.status_code, url) == (401, url)
            assert refused.headers["WWW-Authenticate"] == "Bearer"
            assert refused.headers["Content-Type"] == "application/problem+json"


def test_every_operation_needs_its_scope(client: TestClient, credentials_of: CredentialsOf) -> None:
    for method, url, schemes in guarded(client):
        if schemes != {"bearer"}:
            continue
        name = url.removeprefix("/v1").split("/")[1]
        needed, other = ("read", "write") if method == "get" else ("write", "read")
        for scopes in ("", f"{name}:{other}", f"{name}s:{needed}", f"x{name}:{needed} admins"):
            refused = client.request(method, url, headers=credentials_of("ada", scopes))
            assert (refused.status_code, url) == (403, url)
            scope = refused.json()["detail"].removeprefix("This needs the scope ").removesuffix(".")
            # Only admins write what is shared.
            assert scope == f"{name}:{needed}" or (scope, needed) == ("admin", "write")
        for scopes in (f"x {scope}", "admin"):
            response = client.request(method, url, headers=credentials_of("ada", scopes))
            assert response.status_code not in (401, 403, 500), f"{method} {url}: {response.text}"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer \u00e9", "a"])
def test_a_header_that_is_no_token_is_refused(client: TestClient, value: str) -> None:
    refused = client.get(ITEM, headers={b"Authorization": value.encode()})
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_second_header_is_refused(client: TestClient, credentials: dict[str, str]) -> None:
    value = credentials["Authorization"]
    assert client.get(ITEM, headers=[("Authorization", value)]).status_code == 200
    for other in (value, "", "Bearer other"):
        twice = [("Authorization", value), ("Authorization", other)]
        request = httpx2.Request("GET", client.base_url.join(ITEM), headers=twice)
        assert client.send(request).status_code == 401


def test_nothing_is_said_of_a_bad_request_without_credentials(client: TestClient) -> None:
    assert client.get("/v1/test-probe/item/no", headers=NO_HEADER).status_code == 401


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"{", {"Content-Type": "application/json"}),
        (b"[NaN]", {"Content-Type": "application/json"}),
        (b"{", {"Content-Type": "multipart/form-data; boundary=x"}),
        (b"{", {"Content-Type": "multipart/form-data"}),
        (b"", {"Idempotency-Key": "no key"}),
    ],
)
def test_guards_come_before_the_body(
    app: FastAPI, client: TestClient, credentials_of: CredentialsOf, content: bytes, more: dict[str, str]
) -> None:
    shelves = PrefixRouter(prefix="/shelves")

    @shelves.post("/upload")
    async def upload(file: UploadFile) -> str:
        return str(file.filename)

    app.include_router(shelves)
    app.openapi_schema = None
    changing = [each for each in guarded(client) if each[0] != "get" and each[2] == {"bearer"}]
    assert ("post", "/shelves/upload", {"bearer"}) in changing
    rows = {None: {401}, "x": {403}, "admin": {200, 202, 204, 400, 404, 409, 415, 422}}
    for method, url, _ in changing:
        for scopes, expected in rows.items():
            headers = NO_HEADER if scopes is None else credentials_of("ada", scopes)
            response = client.request(method, url, content=content, headers={**headers, **more})
            assert response.status_code in expected, f"{method} {url}: {response.text}"


def test_a_router_is_open_only_when_it_says_so(app: FastAPI, client: TestClient) -> None:
    app.router.dependencies.clear()
    for name, options in {"shelves": {}, "open": {"dependencies": []}}.items():
        router = PrefixRouter(prefix=f"/{name}", **options)
        router.add_api_route("", lambda: "here")
        app.include_router(router)
    assert client.get("/shelves", headers=NO_HEADER).status_code == 401
    assert client.get("/open", headers=NO_HEADER).status_code == 200


def test_a_router_may_have_the_guard_of_another_one(
    app: FastAPI, client: TestClient, credentials_of: CredentialsOf
) -> None:
    router = PrefixRouter(prefix="/shelves", dependencies=[guard("books")])
    router.add_api_route("", lambda: "here")
    app.include_router(router)
    for scopes, status in {"shelves:read": 403, "books:read": 200}.items():
        assert client.get("/shelves", headers=credentials_of("ada", scopes)).status_code == status


def test_what_is_for_administrators_takes_no_other_scope(
    app: FastAPI, client: TestClient, credentials_of: CredentialsOf
) -> None:
    @app.get("/probe/admin", dependencies=[AdminOnly])
    async def here() -> str:
        return "here"

    for scopes, status in {"admin:read administrator": 403, "x admin": 200}.items():
        assert client.get("/probe/admin", headers=credentials_of("ada", scopes)).status_code == status


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
def limited(app: FastAPI, settings: Settings) -> Iterator[TestClient]:
    """Of the same routes, with another setting."""
    settings = settings.model_copy(update={"principal_rate_limit": "2/hour"})
    with TestClient(create_app(settings)) as client:
        yield client


def test_one_principal_may_send_so_many_requests(limited: TestClient, credentials_of: CredentialsOf) -> None:
    """Whatever another one sends from the same address, and what is refused before it is known."""
    ada, eve = (credentials_of(name, "admin") for name in ("ada", "eve"))
    assert limited.get("/health/live").headers.get("RateLimit") is None
    for left in (1, 0):
        assert limited.get("/v1/nowhere", headers=NO_HEADER).status_code == 404
        response = limited.head(ITEM, headers=ada)
        assert response.headers["RateLimit"].startswith(f'"principal";r={left};t=')
    assert limited.get(ITEM, headers=NO_HEADER).status_code == 401
    refused = limited.get(ITEM, headers=ada)
    assert (refused.status_code, refused.json()["status"]) == (429, 429)
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert limited.get(ITEM, headers=eve).status_code == 200
