"""Mounted applications: FastAPI, static files, bare routers."""

import tempfile
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route, Router

from .case import Case, Parts, Team
from .differences import FAILURE, INVALID, NO_REDIRECT, PROBLEM, all_methods


def folder() -> Path:
    """The same files with the same times for both applications: their ETags are compared."""
    made = Path(tempfile.mkdtemp())
    (made / "index.html").write_text("<p>index</p>")
    (made / "file.txt").write_text("0123456789")
    return made


FILES = folder()


def install(app: FastAPI, parts: Parts) -> None:
    sub = FastAPI(title="Sub")
    parts.prepare_mounted(sub)

    @sub.get("/items/{number}")
    async def item(number: int, request: Request) -> str:
        return f"{number} {request.scope['root_path']} {request.url.path}"

    @sub.get("/missing")
    async def missing() -> None:
        raise parts.not_found("no such item")

    @sub.get("/boom")
    async def boom() -> None:
        raise LookupError

    async def bare(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.url.path)

    shelves = parts.prefix_router(prefix="/shelves")

    @shelves.get("/{name}")
    async def shelf(name: str) -> str:
        return name

    nested = parts.prefix_router(prefix="/nested")
    inner = APIRouter()
    inner.mount("/static", StaticFiles(directory=FILES))
    inner.add_route("/plain", bare)
    nested.include_router(inner)
    app.include_router(nested)

    direct = parts.prefix_router(prefix="/direct")
    direct.mount("/directly", StaticFiles(directory=FILES))
    app.include_router(direct)

    given = parts.prefix_router(prefix="/given", routes=[Route("/by-hand", bare)])
    app.include_router(given)

    front = parts.prefix_router(prefix="/front")
    front.frontend("/", directory=FILES)
    app.include_router(front)

    app.mount("/sub", sub)
    app.host("sub.example", sub)
    app.mount("/static", StaticFiles(directory=FILES, html=True))
    app.mount("/bare", Router([Route("/here", bare)]))
    app.mount("/library", shelves)
    app.frontend("/site", directory=FILES)


def get(name: str, path: str, **more: object) -> Case:
    return Case(name=name, path=path, **more)  # ty: ignore[invalid-argument-type]


TEAM = Team(
    "mounts",
    install,
    (
        get("an item of a mounted application", "/sub/items/7"),
        get(
            "an item of an application with a host of its own",
            "/items/7",
            options={"headers": {"Host": "sub.example"}},
        ),
        get("an item of another host", "/items/7", differs=PROBLEM),
        get("an invalid item of a mounted application", "/sub/items/x", differs=INVALID),
        get("an error of a mounted application", "/sub/missing", differs=PROBLEM),
        get("an unknown path of a mounted application", "/sub/nowhere", differs=PROBLEM),
        get(
            "a wrong method of a mounted application",
            "/sub/boom",
            method="PUT",
            differs=all_methods("GET", "HEAD"),
        ),
        get("an unexpected error of a mounted application", "/sub/boom", differs=FAILURE),
        get("the document of a mounted application", "/sub/openapi.json"),
        get("the API page of a mounted application", "/sub/docs"),
        get("a static file", "/static/file.txt"),
        get("the head of a static file", "/static/file.txt", method="HEAD"),
        get("a part of a static file", "/static/file.txt", options={"headers": {"Range": "bytes=2-4"}}),
        get("a wrong part of a static file", "/static/file.txt", options={"headers": {"Range": "bytes=20-"}}),
        get(
            "a malformed part of a static file", "/static/file.txt", options={"headers": {"Range": "lines=2"}}
        ),
        get("a static index", "/static/"),
        get("a static folder without its slash", "/static", differs=NO_REDIRECT),
        get("no static file", "/static/none.txt", differs=PROBLEM),
        get("a file above the static ones", "/static/%2e%2e/none.txt", differs=PROBLEM),
        get(
            "a static file with a wrong method",
            "/static/file.txt",
            method="POST",
            differs=PROBLEM,
        ),
        get("a route of a bare router", "/bare/here"),
        get("an unknown route of a bare router", "/bare/nowhere", differs=PROBLEM),
        get("a bare router with a wrong method", "/bare/here", method="POST", differs=PROBLEM),
        get("a mounted router with a prefix", "/library/shelves/top"),
        get("a mount in a router with a prefix, with it", "/direct/directly/file.txt", differs=PROBLEM),
        get("a mount in a router with a prefix, without it", "/directly/file.txt"),
        get("a mount in a router in a router, with the prefix", "/nested/static/file.txt"),
        get("a route in a router in a router, with the prefix", "/nested/plain"),
        get("a route in a router in a router, without the prefix", "/plain", differs=PROBLEM),
        get("a route that a router is made with", "/by-hand"),
        get("a route that a router is made with, with the prefix", "/given/by-hand", differs=PROBLEM),
        get("a frontend of a router", "/front/file.txt"),
        get("the index of a frontend of a router", "/front/"),
        get("no file of a frontend", "/front/none.txt", differs=PROBLEM),
        get("a frontend", "/site/file.txt"),
        get("the head of a frontend", "/site/file.txt", method="HEAD"),
        get(
            "a frontend with a wrong method",
            "/site/file.txt",
            method="POST",
            differs=PROBLEM,
        ),
    ),
)
