"""The class of routes that replay: each unsafe one looks for the key, and keeps its response under it."""

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute

from app.errors import ConflictError, InvalidError, wrong_field
# % if cookiecutter.auth != "none"
from .owned import guards_first, owned_key
# % endif
from .store import IdempotencyStore, StoredResponse

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
HEADER = "Idempotency-Key"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
BOUNDARY = re.compile(r'multipart/.*boundary="?([^";]+)', re.IGNORECASE)
PATTERN = r"^[!-~]{1,255}$"
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "description": "A request that is repeated with the same key has one effect; its response is replayed.",
    "schema": {"type": "string", "pattern": PATTERN},
}


class ReplayError(Exception):
    """Ends a repeated request, and rolls back what it has done, with the response of the first one."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class StrictRequest(Request):
    """Refuses what is no JSON, though Python takes it: NaN, infinity, and halves of characters.

    They could be neither stored nor sent to any client.
    """

    async def json(self) -> Any:
        # This one is strict; but it rounds large integers.
        orjson.loads(await self.body())
        try:
            return await super().json()
        except RecursionError as error:
            raise orjson.JSONDecodeError("nested too deeply", "", 0) from error


class IdempotentRoute(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._is_safe = {*(options.get("methods") or ["GET"])} <= SAFE_METHODS
        extra = options.get("openapi_extra") or {}
        if not self._is_safe:
            options["openapi_extra"] = {**extra, "parameters": [*extra.get("parameters", []), PARAMETER]}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        # % if cookiecutter.auth != "none"
        @guards_first(self.dependencies)
        # % endif
        async def handle_once(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            key = request.headers.get(HEADER)
            return await handle(request) if key is None else await respond_once(request, key, handle)

        return handle if self._is_safe else handle_once


async def respond_once(request: Request, key: str, handle: Handler) -> Response:
    """Inside the transaction of the request: what it does and its response are committed together."""
    if not re.fullmatch(PATTERN, key):
        rule = f"It has to match {PATTERN}"
        wrong = wrong_field("header", HEADER, "string_pattern_mismatch", rule)
        raise InvalidError("The request is not valid: see `errors`.", errors=[wrong])
    # % if cookiecutter.auth != "none"
    key = await owned_key(request, key)
    # % endif
    store: IdempotencyStore = request.state.idempotency
    if key in store.in_progress:
        raise ConflictError("A request with this Idempotency-Key is in progress.")
    store.in_progress.add(key)
    try:
        fingerprint = await fingerprint_of(request)
        if replayed := await find(store, key, fingerprint):
            return replayed
        try:
            response = await handle(request)
            await keep(request, key, fingerprint, response)
            return response
        except Exception as error:
            # The conflict may be with the same request, made to another process at the same time.
            if session := getattr(request.state, "session", None):
                await session.rollback()
            if replayed := await find(store, key, fingerprint):
                raise ReplayError(replayed) from error
            raise
    finally:
        store.in_progress.remove(key)


async def fingerprint_of(request: Request) -> str:
    line = f"{request.method} {request.url.path}?{request.url.query}\n"
    body = await request.body()
    # A client that sends files again draws another boundary for their parts.
    if found := BOUNDARY.search(request.headers.get("Content-Type", "")):
        body = body.replace(found[1].encode("latin-1"), b"")
    return hashlib.sha256(line.encode() + body).hexdigest()


async def find(store: IdempotencyStore, key: str, fingerprint: str) -> Response | None:
    """InvalidError when the key was used for another request."""
    stored = await store.find(key)
    if stored is None:
        return None
    if stored.fingerprint != fingerprint:
        raise InvalidError("This Idempotency-Key was used for another request. Choose a new one.")
    response = Response(stored.body, stored.status)
    response.raw_headers.clear()
    for name, value in stored.headers:
        response.raw_headers.append((name.encode("latin-1"), value.encode("latin-1")))
    return response


async def keep(request: Request, key: str, fingerprint: str, response: Response) -> None:
    """Not of a stream or a file, which have no body yet, nor what is marked as not to be kept."""
    body = getattr(response, "body", None)
    if body is None or "no-store" in response.headers.get("Cache-Control", ""):
        return
    stored = StoredResponse(fingerprint, response.status_code, response.headers.items(), bytes(body))
    store: IdempotencyStore = request.state.idempotency
    if session := getattr(request.state, "session", None):
        return await store.save(session, key, stored)
    async with request.state.database.begin() as session:
        await store.save(session, key, stored)


async def on_replay(_: Request, error: ReplayError) -> Response:
    return error.response


def install_idempotency(app: FastAPI) -> None:
    app.router.route_class = IdempotentRoute
    app.exception_handler(ReplayError)(on_replay)
