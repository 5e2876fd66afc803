from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from app.routing import straight


@pytest.fixture
def router() -> APIRouter:
    router = APIRouter(prefix="/shelves")

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


def test_the_first_route_that_fits_is_taken(app: FastAPI, client: TestClient, router: APIRouter) -> None:
    app.include_router(router)
    assert client.get("/shelves/top").json() == "shelf top"
    assert client.get("/shelves/a%2Fb").status_code == 404
    assert client.get("/shelves/top/books").json() == "books on top"
    assert client.put("/shelves/top").headers["Allow"] == "GET"
    assert client.get("/shelves").status_code == 404


def test_the_route_of_a_request_can_be_read(app: FastAPI, client: TestClient) -> None:
    router = APIRouter(prefix="/shelves")

    @router.get("/{name}/route")
    async def path_of(name: str, request: Request) -> str:
        path: str = request.scope["route"].path
        return path

    app.include_router(router)
    assert client.get("/shelves/top/route").json() == "/shelves/{name}/route"


def test_routes_added_after_the_first_request_are_found(
    app: FastAPI, client: TestClient, router: APIRouter
) -> None:
    assert client.get("/shelves/top").status_code == 404
    app.include_router(router)
    assert client.get("/shelves/top").status_code == 200


def test_a_router_may_be_included_under_a_further_prefix(
    app: FastAPI, client: TestClient, router: APIRouter
) -> None:
    app.include_router(router, prefix="/v1")
    assert client.get("/v1/shelves/top").json() == "shelf top"
    assert client.get("/shelves/top").status_code == 404


def test_a_path_that_begins_with_a_parameter_keeps_its_place(
    app: FastAPI, client: TestClient, router: APIRouter
) -> None:
    @app.get("/{anything}/top")
    async def before(anything: str) -> str:
        return f"before {anything}"

    app.include_router(router)
    assert client.get("/shelves/top").json() == "before shelves"
    assert client.get("/shelves/low").json() == "shelf low"
    assert client.get("/nowhere").status_code == 404


def test_mounts_are_served(app: FastAPI, client: TestClient, router: APIRouter, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("a file")
    app.mount("/static", StaticFiles(directory=tmp_path))
    app.mount("/shelves/files", StaticFiles(directory=tmp_path))
    app.include_router(router)
    assert client.get("/static/file.txt").text == "a file"
    assert client.get("/shelves/files/file.txt").text == "a file"
    assert client.get("/shelves/top").json() == "shelf top"


def test_a_front_end_is_served(app: FastAPI, client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("a page")
    app.frontend("/", directory=tmp_path)
    assert client.get("/page.html").text == "a page"
    assert client.get("/health/live").status_code == 200


def test_websockets_are_served(app: FastAPI, client: TestClient) -> None:
    @app.websocket("/shelves/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    with client.websocket_connect("/shelves/live") as socket:
        assert socket.receive_text() == "hello"


def test_a_prefix_that_a_proxy_cuts_off_is_part_of_every_location(app: FastAPI, router: APIRouter) -> None:
    app.include_router(router)
    with TestClient(app, root_path="/api") as client:
        assert client.get("/shelves/top").json() == "shelf top"
        assert client.get("/nowhere").status_code == 404


def test_dependencies_can_be_overridden(app: FastAPI, client: TestClient) -> None:
    async def which() -> str:
        return "the real one"

    router = APIRouter()

    @router.get("/probe/which")
    async def get(value: Annotated[str, Depends(which)]) -> str:
        return value

    app.include_router(router)
    assert client.get("/probe/which").json() == "the real one"
    app.dependency_overrides[which] = lambda: "another"
    assert client.get("/probe/which").json() == "another"


async def refuse() -> None:
    raise HTTPException(401)


@straight
async def alone(request: Request) -> Response:
    # FastAPI keeps there what dependencies have opened.
    return Response(str("fastapi_inner_astack" in request.scope))


def test_an_endpoint_can_be_called_straight(app: FastAPI, client: TestClient) -> None:
    @app.get("/shelves/fail")
    @straight
    async def fail(_: Request) -> Response:
        raise HTTPException(409)

    app.get("/shelves/alone")(alone)
    assert client.get("/shelves/alone").text == "False"
    answer = client.get("/shelves/fail")
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")


def test_no_way_is_so_straight_that_it_misses_a_dependency(app: FastAPI, client: TestClient) -> None:
    guard = [Depends(refuse)]
    app.get("/route", dependencies=guard)(alone)
    guarded, plain, outer = APIRouter(dependencies=guard), APIRouter(), APIRouter(dependencies=guard)
    guarded.get("/router")(alone)
    plain.get("/included")(alone)
    outer.include_router(plain, prefix="/outer")
    app.include_router(guarded)
    app.include_router(plain, dependencies=guard)
    app.include_router(outer)
    for path in ("/route", "/router", "/included", "/outer/included"):
        assert client.get(path).status_code == 401, path


def test_limits_of_the_body_are_kept(app: FastAPI, client: TestClient) -> None:
    async def text(request: Request) -> Response:
        return Response(await request.body())

    inner, outer = APIRouter(routes=[Route("/inner", text, methods=["POST"])]), APIRouter()
    app.post("/limited", max_body_size=3)(straight(text))
    app.include_router(inner, max_body_size=3)
    outer.include_router(inner, prefix="/outer", max_body_size=3)
    app.include_router(outer)
    for path in ("/limited", "/inner", "/outer/inner"):
        assert client.post(path, content=b"abc").text == "abc", path
        assert client.post(path, content=b"abcd").status_code == 413, path


class Refusing(APIRoute):
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await refuse()


class Unseen(APIRouter):
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return Match.NONE, {}


def test_classes_of_your_own_are_asked(app: FastAPI, client: TestClient) -> None:
    refusing, unseen, outer = APIRouter(route_class=Refusing), Unseen(), APIRouter()
    refusing.get("/refusing")(alone)
    unseen.get("/unseen")(alone)
    outer.include_router(refusing, prefix="/outer")
    for router in (refusing, unseen, outer):
        app.include_router(router)
    assert client.get("/refusing").status_code == 401
    assert client.get("/outer/refusing").status_code == 401
    assert client.get("/unseen").status_code == 404


@pytest.mark.parametrize("place", ["router", "include", "application"])
def test_limits_of_forms_reach_the_handler(app: FastAPI, client: TestClient, place: str) -> None:
    limits: Any = {"max_fields": 1}
    router = APIRouter(form_limits=limits if place == "router" else None)

    @router.get("/limits")
    async def read(request: Request) -> Any:
        return request.scope["fastapi"].get("form_limits")

    app.router.form_limits |= limits if place == "application" else {}
    app.include_router(router, form_limits=limits if place == "include" else None)
    assert client.get("/limits").json() == limits
