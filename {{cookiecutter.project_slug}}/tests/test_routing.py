from collections.abc import Callable
from typing import Annotated

import pytest
from fastapi import APIRouter, Body, FastAPI, Request, Response, WebSocket
from fastapi.testclient import TestClient
from pydantic import BaseModel, JsonValue
from starlette.routing import Match, Route

from app.routing import PrefixRouter


class Document(BaseModel):
    value: JsonValue


@pytest.fixture
def router() -> PrefixRouter:
    router = PrefixRouter(prefix="/shelves")

    @router.get("/{name}/books")
    async def books(name: str) -> str:
        return f"books on {name}"

    @router.get("/{name}")
    async def shelf(name: str) -> str:
        return f"shelf {name}"

    @router.get("/top")
    async def top() -> str:
        return "never reached: /{name} comes first"

    return router


def test_the_first_route_that_fits_is_taken(app: FastAPI, client: TestClient, router: PrefixRouter) -> None:
    app.include_router(router)
    assert client.get("/shelves/top").json() == "shelf top"
    assert client.get("/shelves/a%2Fb").status_code == 404
    assert client.get("/shelves/top/books").json() == "books on top"
    assert client.put("/shelves/top").headers["Allow"] == "GET, HEAD"
    assert client.get("/shelves").status_code == 404


def test_a_router_may_be_included_under_a_further_prefix(
    app: FastAPI, client: TestClient, router: PrefixRouter
) -> None:
    app.include_router(router, prefix="/v1")
    assert client.get("/v1/shelves/top").json() == "shelf top"
    assert client.get("/shelves/top").status_code == 404


def test_a_prefix_that_a_proxy_cuts_off_is_part_of_every_location(app: FastAPI, router: PrefixRouter) -> None:
    app.include_router(router)
    with TestClient(app, root_path="/api") as client:
        assert client.get("/shelves/top").json() == "shelf top"
        assert client.get("/nowhere").status_code == 404


def test_a_prefix_may_have_a_parameter(app: FastAPI, client: TestClient) -> None:
    router = PrefixRouter(prefix="/teams/{team}/shelves")

    @router.get("/{name}")
    async def shelf(team: str, name: str) -> str:
        return f"shelf {name} of {team}"

    app.include_router(router)
    assert client.get("/teams/red/shelves/top").json() == "shelf top of red"


async def test_a_router_whose_prefix_is_not_in_the_path_is_skipped(router: PrefixRouter) -> None:
    scope = {"type": "http", "method": "GET", "path": "/tables/top"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(APIRouter, "matches", lambda *_: pytest.fail("the routes were searched"))
        assert router.matches(scope) == (Match.NONE, {})


def test_the_route_is_in_the_scope(app: FastAPI, client: TestClient) -> None:
    router = PrefixRouter(prefix="/shelves")
    seen: list[str] = []

    @router.get("/{name}")
    async def shelf(name: str, request: Request) -> None:
        seen.append(request.scope["route"].path_format)

    app.include_router(router, prefix="/v1")
    client.get("/v1/shelves/top")
    assert seen == ["/shelves/{name}"]


async def raw(_: Request) -> Response:
    return Response("raw")


def inner() -> FastAPI:
    app = FastAPI()
    app.add_route("/inside", raw)
    return app


ADDED: dict[str, Callable[[PrefixRouter], None]] = {
    "/raw": lambda router: router.add_route("/raw", raw),
    "/mounted/inside": lambda router: router.mount("/mounted", inner()),
    "/inside": lambda router: router.host("testserver", inner()),
}


@pytest.mark.parametrize("path", ADDED)
def test_what_fastapi_gives_no_prefix_is_found_all_the_same(
    app: FastAPI, client: TestClient, router: PrefixRouter, path: str
) -> None:
    ADDED[path](router)
    app.include_router(router)
    assert client.get(path).text == "raw"
    assert client.get("/shelves/top").json() == "shelf top"


def test_routes_that_are_given_by_hand_have_no_prefix(app: FastAPI, client: TestClient) -> None:
    app.include_router(PrefixRouter(prefix="/given", routes=[Route("/by-hand", raw)]))
    assert client.get("/by-hand").text == "raw"


def test_a_websocket_of_starlette_has_no_prefix(
    app: FastAPI, client: TestClient, router: PrefixRouter
) -> None:
    async def accept(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("raw")

    router.add_websocket_route("/socket", accept)
    app.include_router(router)
    with client.websocket_connect("/socket") as socket:
        assert socket.receive_text() == "raw"


@pytest.mark.parametrize("value", [r'"\ud800"', r'"\udc00\ud800"', "1e400", "NaN", "-Infinity"])
def test_a_body_that_is_no_json_is_invalid(app: FastAPI, client: TestClient, value: str) -> None:
    """Though Python takes it for JSON."""

    @app.post("/probe/echo")
    async def echo(value: Annotated[str | int | float, Body()]) -> str | int | float:
        return value

    headers = {"Content-Type": "application/json"}
    refused = client.post("/probe/echo", content=value, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["source"]) == (422, "body")
    large = client.post("/probe/echo", content="36893488147419103233", headers=headers)
    assert large.json() == 36893488147419103233


@pytest.mark.parametrize("depth", [300, 1000, 100_000])
def test_a_body_that_is_nested_too_deeply_is_invalid(app: FastAPI, client: TestClient, depth: int) -> None:
    @app.post("/probe/echo")
    async def echo(value: Document) -> None:
        raise NotImplementedError

    content, headers = '{"value": ' + "[" * depth + "]" * depth + "}", {"Content-Type": "application/json"}
    refused = client.post("/probe/echo", content=content, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["source"]) == (422, "body")
