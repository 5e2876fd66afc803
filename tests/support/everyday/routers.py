"""Routers: with and without a prefix, within others; methods, addresses."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.routing import APIRoute

from .case import Case, Parts, Team
from .differences import INVALID, NO_CONTENT, NO_REDIRECT, PROBLEM, all_methods, head


class TimedRoute(APIRoute):
    """As in FastAPI's document on custom routes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def timed(request: Request) -> Response:
            response = await handler(request)
            response.headers["X-Timed"] = request.path_params["name"]
            return response

        return timed


async def needs_token(x_token: str = Header()) -> None:
    if x_token != "right":
        raise HTTPException(401, "Not you.", {"WWW-Authenticate": "Bearer"})


async def where(request: Request) -> list[str]:
    route = request.scope["route"]
    return [request.url.path, route.path, str(sorted(request.path_params.items()))]


def install(app: FastAPI, parts: Parts) -> None:
    bare = APIRouter()
    bare.get("/bare", name="bare")(where)
    app.include_router(bare)
    app.include_router(bare, prefix="/again")

    shelves = parts.prefix_router(prefix="/shelves", tags=["shelves"])
    shelves.get("", name="list shelves")(where)
    shelves.get("/{name}", name="shelf")(where)
    shelves.delete("/{name}", status_code=204)(nothing)
    shelves.put("/{name}")(where)
    app.include_router(shelves)
    app.include_router(shelves, prefix="/v2/{tenant}", dependencies=[Depends(needs_token)])

    teams = parts.prefix_router(prefix="/teams")
    members = parts.prefix_router(prefix="/{team}/members")
    notes = APIRouter(prefix="/notes")
    notes.get("/{note:int}")(where)
    notes.get("/{note:path}")(where)
    members.get("/me")(where)
    members.get("/{member}")(where)
    members.include_router(notes, prefix="/{member}")
    teams.include_router(members)
    app.include_router(teams)
    teams.get("/added-later")(where)

    tenants = parts.prefix_router(prefix="/{tenant}-shop")
    tenants.get("/items")(where)
    app.include_router(tenants)

    empty = parts.prefix_router()
    empty.get("/without-prefix")(where)
    empty.api_route("/both", methods=["GET", "HEAD", "OPTIONS"])(where)
    empty.head("/headed")(nothing)
    empty.get("/headed")(where)
    app.include_router(empty)
    korean = parts.prefix_router(prefix="/책 장")
    korean.get("/a")(where)
    app.include_router(korean)
    timed = parts.prefix_router(prefix="/timed", route_class=TimedRoute)
    timed.get("/{name}")(where)
    app.include_router(timed)
    add_methods(app)


async def nothing() -> None: ...


def add_methods(app: FastAPI) -> None:
    @app.get("/addresses")
    async def addresses(request: Request) -> list[str]:
        known = [("shelf", {"name": "top"}), ("list shelves", {}), ("bare", {})]
        return [str(request.url_for(name, **params)) for name, params in known]

    @app.post("/methods/refused")
    async def refused() -> None:
        raise HTTPException(405, "Only in the morning.", {"Allow": "PUT"})

    @app.get("/methods/empty", status_code=204)
    async def empty() -> None: ...

    @app.get("/methods/empty-response", status_code=204)
    async def empty_response() -> Response:
        return Response(status_code=204)

    for status in (204, 205, 304):
        app.get(f"/methods/raised/{status}")(raising(status))


def raising(status: int) -> Any:
    async def raised() -> None:
        raise HTTPException(status, headers={"X-Ours": "yes"})

    return raised


def request(method: str, path: str, **known: Any) -> Case:
    return Case(name=f"{method} {path}", method=method, path=path, **known)


TOKEN = {"options": {"headers": {"X-Token": "right"}}}
TEAM = Team(
    "routers",
    install,
    (
        request("GET", "/bare"),
        request("GET", "/again/bare"),
        request("GET", "/again", differs=PROBLEM),
        request("GET", "/shelves"),
        request("GET", "/shelves/", differs=NO_REDIRECT),
        request("GET", "/shelves/top"),
        request("GET", "/shelves/top/books", differs=PROBLEM),
        request("GET", "/my/shelves/top", differs=PROBLEM),
        request("GET", "/shelves/a%20b%2Fc", differs=PROBLEM),
        request("GET", "/shelves/%EC%B1%85?a=%20"),
        request("DELETE", "/shelves/top", differs=NO_CONTENT),
        request("POST", "/shelves/top", differs=all_methods("DELETE", "GET", "HEAD", "PUT")),
        request("HEAD", "/shelves/top", differs=head(54)),
        request("OPTIONS", "/shelves/top", differs=all_methods("DELETE", "GET", "HEAD", "PUT")),
        request("GET", "/v2/red/shelves/top", **TOKEN),
        request("GET", "/v2/red/shelves/top", differs=INVALID),
        request("GET", "/v2/red/shelves", options={"headers": {"X-Token": "wrong"}}, differs=PROBLEM),
        request("GET", "/teams/red/members/me"),
        request("GET", "/teams/red/members/7"),
        request("GET", "/teams/red/members/7/notes/3"),
        request("GET", "/teams/red/members/7/notes/a/b"),
        request("GET", "/teams/added-later"),
        request("GET", "/red-shop/items"),
        request("GET", "/without-prefix"),
        request("GET", "/both"),
        request("HEAD", "/both"),
        request("OPTIONS", "/both"),
        request("HEAD", "/headed"),
        request("GET", "/headed"),
        request("PUT", "/headed", differs=all_methods("GET", "HEAD")),
        request("GET", "/%EC%B1%85%20%EC%9E%A5/a"),
        request("GET", "/timed/top"),
        request("GET", "/addresses"),
        request("POST", "/methods/refused", differs=PROBLEM),
        request("GET", "/methods/empty", differs=NO_CONTENT),
        request("GET", "/methods/empty-response"),
        request("GET", "/methods/raised/204"),
        request("GET", "/methods/raised/205"),
        request("GET", "/methods/raised/304"),
        request("TRACE", "/bare", differs=all_methods("GET", "HEAD")),
    ),
)
