"""Errors that the service raises on purpose, and how every error becomes a response (RFC 9457)."""

import http.client
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from .logs import current_request_id


class ServiceError(Exception):
    """What a client can act on: a subclass chooses the status, `detail` and `members` are shown."""

    status: ClassVar[int]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


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
    detail: str


class Problem(BaseModel, extra="allow", use_attribute_docstrings=True):
    """The one shape of every error response; some have more members."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str
    request_id: str | None = None
    """Also in the X-Request-ID header and in the logs."""
    errors: list[InvalidField] | None = None
    """What is wrong with an invalid request, at most 100 entries."""


REFERENCE = "#/components/schemas/{model}"
CONTENT = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "Any error", "content": CONTENT},
}
MAX_FIELDS = 100
FAILED = "The service failed. Its log says why, under this request ID."
# RFC 9110 renamed these; Python follows only from 3.13 on.
RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


class ProblemFastAPI(FastAPI):
    """Whose OpenAPI document defines the problem that every operation refers to."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        schema = Problem.model_json_schema(ref_template=REFERENCE)
        definitions = {**schema.pop("$defs"), "Problem": schema}
        document.setdefault("components", {}).setdefault("schemas", {}).update(definitions)
        return document


def problem(status: int, detail: str, **members: Any) -> dict[str, Any]:
    title = RENAMED.get(status) or http.client.responses.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail or title}
    return body | {"request_id": current_request_id()} | members


def problem_of(error: ServiceError) -> dict[str, Any]:
    return problem(error.status, error.detail, **error.members)


def respond(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), body["status"], headers, media_type="application/problem+json")


async def on_service_error(_: Request, error: ServiceError) -> Response:
    return respond(problem_of(error), error.headers)


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(allowed_methods(request)))
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code, headers=headers)
    return respond(problem(error.status_code, str(error.detail)), headers)


def allowed_methods(request: Request) -> set[str]:
    """The methods of every route with this path; FastAPI itself names those of the first one only."""
    routes = iter_route_contexts(request.app.routes)
    matching = (route for route in routes if route.matches(request.scope)[0] != Match.NONE)
    return {method for route in matching for method in route.methods or ()}


async def on_invalid_request(_: Request, error: RequestValidationError) -> Response:
    errors = invalid_fields(error.errors())
    return respond(problem(422, "The request is not valid: see `errors`.", errors=errors))


def invalid_fields(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The first ones: a large body could have more of them than any client wants to read."""
    return [invalid_field(entry) for entry in entries[:MAX_FIELDS]]


def invalid_field(entry: Mapping[str, Any]) -> dict[str, str]:
    """Where and why, in pydantic's words; never the submitted value."""
    source, *path = entry["loc"]
    # A JSON error is located by its offset, which points to no field.
    keys = [] if entry["type"] == "json_invalid" else path
    pointer = "".join("/" + quote(str(key).replace("~", "~0").replace("/", "~1")) for key in keys)
    return {"source": str(source), "pointer": f"#{pointer}", "detail": entry["msg"]}


def install_errors(app: FastAPI) -> None:
    app.exception_handler(ServiceError)(on_service_error)
    app.exception_handler(HTTPException)(on_http_exception)
    app.exception_handler(RequestValidationError)(on_invalid_request)
