"""Errors that the service raises on purpose, and how every error becomes a response (RFC 9457)."""

import http.client
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.utils import is_body_allowed_for_status_code
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Scope
from starlette.websockets import WebSocketState

from .logs import current_request_id, to_json


class ServiceError(Exception):
    """What a client can act on: a subclass chooses the status, `detail` and `members` are shown."""

    status: ClassVar[int]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


# % if cookiecutter.auth != "none" or cookiecutter.model_serving == "onnx"
class UnauthorizedError(ServiceError):
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(ServiceError):
    status = 403


# % endif
class NotFoundError(ServiceError):
    status = 404


class ConflictError(ServiceError):
    status = 409


class InvalidError(ServiceError):
    status = 422


class UnavailableError(ServiceError):
    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class InvalidField(BaseModel):
    """One thing that is wrong with a request."""

    source: str = Field(description="The part of the request: body, path, query, header or cookie.")
    pointer: str = Field(description="JSON pointer to the field, within that part.", examples=["#/name"])
    type: str = Field(description="The rule, as pydantic names it.", examples=["missing"])
    detail: str


class Problem(BaseModel, extra="allow"):
    """The one shape of every error response; some have more members."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str
    request_id: str | None = Field(
        default=None, description="Also in the X-Request-ID header and in the logs."
    )
    errors: list[InvalidField] | None = Field(
        default=None, description="What is wrong with an invalid request, at most 100 entries."
    )


REFERENCE = "#/components/schemas/{model}"
CONTENT = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    429: {"description": "Too many requests", "headers": {"Retry-After": RETRY_AFTER}, "content": CONTENT},
    "default": {"description": "Any error", "content": CONTENT},
}
SOURCES = {"body", "path", "query", "header", "cookie", "arguments"}
MAX_FIELDS = 100
INVALID = "The request is not valid: see `errors`."
# FastAPI's own, for whatever happens while it reads a body.
UNREADABLE = "There was an error parsing the body"
FAILED = "The service failed. Its log says why, under this request ID."
# RFC 9110 renamed these; Python follows only from 3.13 on.
RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


class ProblemFastAPI(FastAPI):
    """Whose OpenAPI document defines the problem that every operation refers to."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            schema = Problem.model_json_schema(ref_template=REFERENCE)
            schemas.update(schema.pop("$defs"), Problem=schema)
        return document


def problem(status: int, detail: str, members: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Members may also replace the type and the title."""
    title = RENAMED.get(status) or http.client.responses.get(status, "Error")
    own = {"status": status, "detail": detail or title, "request_id": current_request_id()}
    return {"type": "about:blank", "title": title, **own, **(members or {}), **own}


def problem_of(error: ServiceError) -> dict[str, Any]:
    return problem(error.status, error.detail, error.members)


def respond(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(body), body["status"], headers, media_type="application/problem+json")


async def answer(
    connection: Request | WebSocket, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response | None:
    """A socket that is open takes no response any more: it is closed, for the same reason."""
    if isinstance(connection, WebSocket) and connection.application_state is WebSocketState.CONNECTED:
        await connection.close(1011 if body["status"] >= 500 else 1008, body["title"])
        return None
    return respond(body, headers)


async def on_service_error(connection: Request | WebSocket, error: ServiceError) -> Response | None:
    return await answer(connection, problem_of(error), error.headers)


async def on_http_exception(connection: Request | WebSocket, error: HTTPException) -> Response | None:
    if error.detail == UNREADABLE and isinstance(error.__cause__, ClientDisconnect | ExceptionGroup):
        raise error.__cause__
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := other_methods(connection.scope)):
        headers["Allow"] = ", ".join(sorted(methods))
    if not is_body_allowed_for_status_code(error.status_code):
        return Response(status_code=error.status_code, headers=headers)
    return await answer(connection, problem(error.status_code, *words_of(error.detail)), headers)


def words_of(detail: object) -> tuple[str, Mapping[str, Any]]:
    """The detail of an HTTPException, which may be of any type: those of an object become members."""
    if isinstance(detail, Mapping):
        return str(detail.get("detail") or ""), detail
    return ("", {"details": detail}) if isinstance(detail, list | int | float) else (str(detail), {})


def methods_of(scope: Scope) -> set[str]:
    """The methods of every route with this path; FastAPI itself names those of the first one only."""
    routes = iter_route_contexts(scope["app"].routes)
    return {method for route in routes if fits(route, scope) for method in route.methods or ()}


def fits(route: RouteContext, scope: Scope) -> bool:
    """A convertor of a path parameter may raise."""
    try:
        return route.matches(scope)[0] is not Match.NONE
    except Exception:
        return False


def other_methods(scope: Scope) -> set[str]:
    """What this path takes instead; nothing when it takes this one, or is not of a route."""
    methods = methods_of(scope)
    if "GET" in methods:
        methods.add("HEAD")
    return set() if scope["method"] in methods else methods


async def on_invalid_socket(socket: WebSocket, error: WebSocketRequestValidationError) -> Response | None:
    return await answer(socket, problem(422, INVALID, {"errors": invalid_fields(error.errors())}))


async def on_invalid_request(_: Request, error: RequestValidationError) -> Response:
    errors = invalid_fields(error.errors())
    # FastAPI parses no other body, and then has bytes where an object is wanted.
    if isinstance(error.body, bytes) and any(each["source"] == "body" for each in errors):
        return respond(problem(415, "Send JSON, with the header Content-Type: application/json."))
    return respond(problem(422, INVALID, {"errors": errors}))


def invalid_fields(entries: Sequence[Mapping[str, Any] | str]) -> list[dict[str, str]]:
    """The first ones: a large body could have more of them than any client wants to read."""
    return [invalid_field(entry) for entry in entries[:MAX_FIELDS]]


def invalid_field(entry: Mapping[str, Any] | str) -> dict[str, str]:
    """Where and why, in pydantic's words; never the submitted value."""
    if isinstance(entry, str):
        entry = {"msg": entry}
    rule = entry.get("type", "value_error")
    path = list(entry.get("loc", ()))
    # An error that is raised by hand may not say which part of the request it is about.
    source = path.pop(0) if path and path[0] in SOURCES else "body"
    # A JSON error is located by its offset, which points to no field.
    pointer = "" if rule == "json_invalid" else pointer_of(path)
    return {"source": source, "pointer": f"#{pointer}", "type": rule, "detail": entry["msg"]}


def wrong_field(source: str, place: str | Sequence[object], rule: str, detail: str) -> dict[str, str]:
    """As pydantic's, for what only the service itself can know. A place is a name, or the path to one."""
    path = [place] if isinstance(place, str) else place
    return {"source": source, "pointer": f"#{pointer_of(path)}", "type": rule, "detail": detail}


def unwritable(unknown: Mapping[str, str], taken: Iterable[str]) -> ServiceError | None:
    """Why a row cannot be written: fields that refer to no row of a table, or whose values others have."""
    if unknown:
        missing = {name: f"There is no such row in {table}." for name, table in unknown.items()}
        errors = [wrong_field("body", name, "unknown_reference", missing[name]) for name in sorted(missing)]
        return InvalidError(INVALID, errors=errors)
    errors = [wrong_field("body", name, "taken", "Another row has this value.") for name in sorted({*taken})]
    return ConflictError("A value is taken: see `errors`.", errors=errors) if errors else None


def pointer_of(path: Sequence[object]) -> str:
    keys = [str(key).replace("~", "~0").replace("/", "~1") for key in path]
    return quote("".join([f"/{key}" for key in keys]))


async def on_unexpected(connection: Request | WebSocket, _: BaseException) -> Response | None:
    return await answer(connection, problem(500, FAILED))


def install_errors(app: FastAPI) -> None:
    app.exception_handler(ServiceError)(on_service_error)
    app.exception_handler(HTTPException)(on_http_exception)
    app.exception_handler(RequestValidationError)(on_invalid_request)
    app.exception_handler(WebSocketRequestValidationError)(on_invalid_socket)
    app.exception_handler(Exception)(on_unexpected)
