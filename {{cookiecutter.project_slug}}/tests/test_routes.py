"""What `make routes` prints of an application, and of whatever a team adds to it."""

import re
import sys
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Response, WebSocket
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute

from app.health import live
from app.routing import PrefixRouter
from scripts.routes import ROOT, Row, main, place_of, rows, table
from tests.test_openapi import operations

PARAMETER = re.compile(r"\{(\w+):\w+\}")
DEFINITION = re.compile(r"\s*(?:async def|def|class) (\w+)")


async def shelf(name: str) -> str:
    return name


async def socket(socket: WebSocket) -> None:
    await socket.close()


@wraps(shelf)
async def wrapped(*arguments: Any) -> str:
    return await shelf(*arguments)


class Shelf(HTTPEndpoint):
    async def get(self, _: object) -> Response:
        return Response()


class Machine:
    async def __call__(self, *_: object) -> None: ...


def printed(app: FastAPI, start: str) -> list[Row]:
    return [row for row in rows(app.routes) if row.path.startswith(start)]


def here(handler: Any, file: str = "tests/test_routes.py") -> tuple[str, str]:
    """What has to be printed of a handler that nothing decorates."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    start = rf"(async def|def|class) {handler.__name__}\b"
    [number] = [number for number, line in enumerate(lines, 1) if re.match(start, line)]
    return handler.__name__, f"{file}:{number}"


def test_every_operation_of_the_api_is_printed_with_its_handler(app: FastAPI) -> None:
    found = {(row.method, PARAMETER.sub(r"{\1}", row.path)): row for row in rows(app.routes)}
    for method, path, _ in operations(app.openapi()):
        row = found[method.upper(), path]
        file, _, line = row.place.rpartition(":")
        below = (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1 :]
        definition = next(filter(None, map(DEFINITION.match, below)))
        assert definition[1] == row.handler, row


@pytest.mark.parametrize("path", ["/{page:int}", "/{page:path}", "/{page}"])
def test_an_operation_may_be_written_in_any_way(app: FastAPI, path: str) -> None:
    @app.get(f"/probe-pages{path}", operation_id="read_page")
    async def page(page: str) -> str:
        return page

    app.head(f"/probe-pages{path}", name="probe")(partial(shelf, name="a"))
    test_every_operation_of_the_api_is_printed_with_its_handler(app)


def test_a_router_in_a_router_has_both_prefixes(app: FastAPI) -> None:
    inner, outer = APIRouter(prefix="/rows"), PrefixRouter(prefix="/probe-shelves")
    inner.get("/{name}")(shelf)
    inner.websocket("/socket")(socket)
    outer.include_router(inner, prefix="/in")
    app.include_router(outer, prefix="/v2")
    assert printed(app, "/v2/probe-shelves") == [
        Row("GET", "/v2/probe-shelves/in/rows/{name}", *here(shelf)),
        Row("WS", "/v2/probe-shelves/in/rows/socket", *here(socket)),
    ]


def test_what_is_mounted_follows_its_mount(app: FastAPI) -> None:
    mounted = FastAPI(openapi_url=None)
    mounted.api_route("/{name}", methods=["POST", "PUT"])(shelf)
    app.mount("/probe-mounted", mounted)
    app.router.routes.append(Mount("/probe-files", app=Machine()))
    app.router.routes.append(Host("probe.example.com", Router([WebSocketRoute("/a", socket)])))
    [mount, inner, files] = printed(app, "/probe-")
    assert mount[:3] == ("MOUNT", "/probe-mounted", "FastAPI")
    assert inner == Row("POST,PUT", "/probe-mounted/{name}", *here(shelf))
    assert files == Row("MOUNT", "/probe-files", *here(Machine))
    [host, in_host] = printed(app, "probe.")
    assert (host.method, in_host) == ("HOST", Row("WS", "probe.example.com/a", *here(socket)))


def test_a_handler_is_found_in_its_wrappers(app: FastAPI) -> None:
    app.get("/probe-partial")(partial(shelf, name="a"))
    app.get("/probe-wrapped")(wrapped)
    app.router.routes.append(Route("/probe-class", Shelf))
    assert [row[2:] for row in printed(app, "/probe-")][:2] == [here(shelf), here(shelf)]
    assert printed(app, "/probe-class") == [Row("ANY", "/probe-class", *here(Shelf))]


def test_what_has_no_source_has_no_place() -> None:
    assert place_of(len) == "not written in Python"
    assert place_of(wraps).startswith(str(Path(sys.modules["functools"].__file__ or "")))


def test_the_table_has_columns() -> None:
    wide, narrow = Row("DELETE", "/a", "live", "a.py:1"), Row("GET", "/long", live.__name__, "a.py:22")
    assert table([wide, narrow]) == "DELETE  /a     live  a.py:1\nGET     /long  live  a.py:22"


def test_main_prints_the_service_as_it_is(environment: None, capsys: pytest.CaptureFixture[str]) -> None:
    main()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["GET", "/health/live", *here(live, "app/health.py")] in lines
