"""What routes ask of principals: whose an idempotency key is, and who may know what is wrong with a body."""

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.auth import authenticate
from app.errors import InvalidError, UnauthorizedError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def digest_of_owner(owner: str) -> str:
    """With which each key of an owner begins, so that all of them are found."""
    return hashlib.sha256(owner.encode()).hexdigest()


async def owned_key(request: Request, key: str) -> str:
    """From another principal, the same key is new."""
    owner = ""
    try:
        principal = await authenticate(request)
        owner, sender = principal.owner, sorted(principal.scopes)
    except UnauthorizedError:
        # What is open to everybody, or has a token of its own, goes on with it; what is guarded refuses it.
        sender = request.headers.getlist("Authorization")
    return digest_of_owner(owner) + hashlib.sha256(repr((sender, key)).encode()).hexdigest()


async def pass_guards() -> None:
    """The handler of no request."""


def guards_first(dependencies: Sequence[Depends]) -> Callable[[Handler], Handler]:
    """FastAPI reads the body before it asks the guards: they come first when it cannot be read."""
    check = APIRoute("/", pass_guards, dependencies=dependencies).get_route_handler()

    def decorate(handle: Handler) -> Handler:
        async def handle_guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except (HTTPException, InvalidError, RequestValidationError):
                await check(request)
                raise

        return handle_guarded

    return decorate
