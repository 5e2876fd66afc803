import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Annotated, Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import Body, FastAPI, File
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import Host

from app.auth import AdminOnly, guard, known_scopes
from app.auth.guards import Bearer
from app.factory import create_app
from app.routing import PrefixRouter
from app.settings import Settings
from tests.support.principals import CredentialsOf

# What everybody may do.
PUBLIC = {("get", "/health/live"), ("get", "/health/ready")}
# Operations that ask for other scopes than their path says, such as {("get", "/garage"): {"vehicles:read"}}.
# Those that ask for more, or are for administrators, need no row.
SCOPES: dict[tuple[str, str], set[str]] = {}
# What the OpenAPI document does not name and no guard of a router protects: mounted applications, too.
UNLISTED = {
    # % if cookiecutter.telemetry != "none"
    "/metrics",
    # % endif
    "/",
    "/docs",
    "/docs/oauth2-redirect",
    "/docs/static",
    "/openapi.json",
}
ITEM = "/v1/test-probe/item/1"
NO_HEADER = {"Authorization": ""}
# A file, in a service that has what reads forms.
UPLOAD: Any = File() if find_spec("python_multipart") else Body()


def guarded(client: TestClient) -> list[tuple[str, str, str, set[str]]]:
    """Every operation that is not for everybody: its path, an address, the names of its security schemes."""
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
                found.append((method, path, url, schemes))
            else:
                assert not schemes, f"{method} {path} is for everybody, and says that it is not"
    return found


def test_every_operation_needs_credentials_and_says_so(client: TestClient) -> None:
    for method, path, url, schemes in guarded(client):
        assert schemes, (
            f"{method} {path} has no guard. Give it one (docs/authorisation.md), "
            "or add it to PUBLIC in tests/auth/test_guards.py."
        )
        if schemes == {"bearer"}:
            refused = send(client, method, url, NO_HEADER)
            assert (refused.status_code, url) == (401, url)
            assert refused.headers["WWW-Authenticate"] == "Bearer"
            assert refused.headers["Content-Type"] == "application/problem+json"


def send(client: TestClient, method: str, url: str, headers: dict[str, str]) -> httpx2.Response:
    """Without the body of a stream, which may be endless."""
    with client.stream(method, url, headers=headers) as response:
        if "Content-Length" in response.headers:
            response.read()
    return response


def missing(response: httpx2.Response) -> str | None:
    """The scope that a guard asks for. A service may refuse, too: in its own words."""
    if response.status_code != 403:
        return None
    found = re.fullmatch(r"This needs the scope (\S+)\.", str(response.json()["detail"]))
    return found[1] if found else None


def look_alikes(scope: str) -> str:
    """None of them is this one, and none stands for it."""
    name, _, action = scope.partition(":")
    other = {"read": "write", "write": "read"}.get(action, "read")
    return f"{name}:{other} {name}s:{action} x{scope} {scope}x {name}s administrator"


def test_every_operation_needs_its_scopes(client: TestClient, credentials_of: CredentialsOf) -> None:
    for method, path, url, schemes in guarded(client):
        if schemes != {"bearer"}:
            continue
        asked: set[str] = set()
        while True:
            own = " ".join([*asked, "x"])
            scope = missing(refused := send(client, method, url, credentials_of("ada", own)))
            if scope is None or scope in asked:
                break
            asked.add(scope)
        place = f"{method} {path}"
        by_path = f"{path.removeprefix('/v1').split('/')[1]}:{'read' if method == 'get' else 'write'}"
        expected = SCOPES.get((method, path), asked if "admin" in asked else {by_path} | asked)
        assert asked == expected, (
            f"{place} asks for {asked or 'no scope'}, not for {expected}. Mend its guard "
            "(docs/authorisation.md), or add it to SCOPES in tests/auth/test_guards.py."
        )
        assert refused.status_code not in (401, 500), f"{place}: {refused.text}"
        for scope in {"admin"} & asked or asked:
            others = " ".join([*(asked - {scope}), look_alikes(scope)])
            assert missing(send(client, method, url, credentials_of("ada", others))) == scope, place
        response = send(client, method, url, credentials_of("ada", "admin"))
        assert missing(response) is None, f"{place} refuses administrators"
        assert response.status_code not in (401, 500), f"{place}: {response.text}"


def calls(dependant: Dependant | None) -> list[Any]:
    if dependant is None:
        return []
    return [dependant.call, *(call for each in dependant.dependencies for call in calls(each))]


def test_what_the_document_does_not_name_is_guarded_or_known(app: FastAPI) -> None:
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        named = isinstance(original, APIRoute) and route.include_in_schema
        path = original.host if isinstance(original, Host) else route.path
        guards = [each for each in calls(getattr(route, "dependant", None)) if isinstance(each, Bearer)]
        if not named and not guards:
            assert path in UNLISTED, (
                f"{path} ({type(original).__name__}) has no guard. Give it one (docs/authorisation.md, "
                "docs/fastapi.md), and add what a guard of a router cannot protect, such as a mounted "
                "application, to UNLISTED in tests/auth/test_guards.py."
            )


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer \u00e9", "a"])
def test_a_header_that_is_no_token_is_refused(client: TestClient, value: str) -> None:
    refused = client.get(ITEM, headers={b"Authorization": value.encode()})
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("form", ["bearer {}", "BEARER   {}", "Bearer {}  ", "Bearer {}\t "])
def test_spaces_around_a_token_are_no_part_of_it(
    client: TestClient, credentials: dict[str, str], form: str
) -> None:
    token = credentials["Authorization"].removeprefix("Bearer ")
    assert client.get(ITEM, headers={"Authorization": form.format(token)}).status_code == 200


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
    async def upload(file: Annotated[bytes, UPLOAD]) -> str:
        return str(file)

    app.include_router(shelves)
    app.openapi_schema = None
    changing = [each for each in guarded(client) if each[0] != "get" and each[3] == {"bearer"}]
    assert ("post", *["/shelves/upload"] * 2, {"bearer"}) in changing
    rows = {None: {401}, "x": {403}, "admin": {200, 202, 204, 400, 404, 409, 415, 422}}
    for method, _, url, _ in changing:
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


def test_a_scope_that_nothing_asks_for_is_none() -> None:
    guard("shelves-of-all", shared=True)
    assert "shelves-of-all:read" in known_scopes()
    assert "shelves-of-all:write" not in known_scopes()
