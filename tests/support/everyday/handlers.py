"""Exception handlers of a team: for errors of its own, for statuses, and in the place of those that exist."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from .case import Case, Parts, Team
from .differences import FAILURE, INVALID, PROBLEM


class SoldOutError(Exception):
    pass


class AlmostSoldOutError(SoldOutError):
    pass


class TeapotError(HTTPException):
    def __init__(self) -> None:
        super().__init__(418, "Short and stout.", {"X-Spout": "left"})


async def own_response(_: Request, error: Exception) -> Response:
    return JSONResponse({"ours": type(error).__name__}, 409, {"X-Ours": "yes"})


def in_thread(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"ours: {type(error).__name__}", 500)


async def fails(_: Request, error: Exception) -> Response:
    raise LookupError from error


def routes(parts: Parts) -> APIRouter:
    router = APIRouter(prefix="/handled")
    known: dict[str, Callable[[], Exception]] = {
        "sold-out": SoldOutError,
        "almost": AlmostSoldOutError,
        "http": lambda: HTTPException(403, "No."),
        "starlette": lambda: StarletteHTTPException(402, "Pay."),
        "teapot": TeapotError,
        "missing": lambda: parts.not_found("no such item"),
        "value": lambda: ValueError("s3cret"),
        "boom": LookupError,
        "server": lambda: HTTPException(500, "Ours."),
    }

    @router.get("/{kind}")
    async def handled(kind: str) -> None:
        raise known[kind]()

    @router.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    return router


def with_handlers(*handlers: tuple[Any, Any]) -> Callable[[FastAPI, Parts], None]:
    def install(app: FastAPI, parts: Parts) -> None:
        app.include_router(routes(parts))
        for error, handler in handlers:
            app.add_exception_handler(error, handler)

    return install


def get(kind: str, **known: Any) -> Case:
    return Case(name=kind, path=f"/handled/{kind}", **known)


OWN = Team(
    "handlers of own errors",
    with_handlers((SoldOutError, own_response), (ValueError, in_thread), (418, own_response)),
    (
        get("sold-out"),
        get("almost"),
        get("value"),
        get("teapot"),
        get("http", differs=PROBLEM),
        get("starlette", differs=PROBLEM),
        get("missing", differs=PROBLEM),
        get("server", differs=PROBLEM),
        get("boom", differs=FAILURE),
        get("number/x", differs=INVALID),
    ),
)
STATUSES = Team(
    "handlers of statuses",
    with_handlers((404, own_response), (405, own_response), (422, own_response)),
    (
        get("no/such/path"),
        get("http", differs=PROBLEM),
        Case(name="a wrong method", method="PUT", path="/handled/http"),
        get("number/x", differs=INVALID),
    ),
)
HTTP = Team(
    "a handler of HTTPException",
    with_handlers((StarletteHTTPException, own_response)),
    (
        get("no/such/path"),
        get("http"),
        get("starlette"),
        get("teapot"),
        get("server"),
        get("boom", differs=FAILURE),
        Case(name="a wrong method", method="PUT", path="/handled/http"),
    ),
)
FASTAPI_HTTP = Team(
    "a handler of FastAPI's HTTPException",
    with_handlers((HTTPException, own_response)),
    (get("http"), get("starlette", differs=PROBLEM), get("teapot"), get("no/such/path", differs=PROBLEM)),
)
VALIDATION = Team(
    "a handler of RequestValidationError",
    with_handlers((RequestValidationError, own_response)),
    (get("number/x"), get("number/1"), get("http", differs=PROBLEM)),
)
EXCEPTION = Team(
    "a handler of Exception",
    with_handlers((Exception, own_response), (SoldOutError, fails)),
    (
        get("boom"),
        get("value"),
        get("sold-out"),
        get("http", differs=PROBLEM),
        get("missing", differs=PROBLEM),
        get("number/x", differs=INVALID),
    ),
)
SERVER = Team(
    "a handler of the status 500",
    with_handlers((500, in_thread)),
    (get("boom"), get("server", differs=PROBLEM)),
)
TEAMS = (OWN, STATUSES, HTTP, FASTAPI_HTTP, VALIDATION, EXCEPTION, SERVER)
