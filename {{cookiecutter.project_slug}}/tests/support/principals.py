"""Whom tests run as."""

from collections.abc import Callable

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from app.auth import authenticate, known_scopes

CredentialsOf = Callable[..., dict[str, str]]
"""The headers of a request: of a principal with this name, and with these scopes or the ordinary ones."""
# Routers that a test adds have guards too.
OF_TESTS = ("given", "open", "orders-with-a-task", "repeated", "shelves", "teams", "test-probe")


def ordinary_scopes() -> str:
    """All but the one of admins."""
    own = {f"{name}:{action}" for name in OF_TESTS for action in ("read", "write")}
    return " ".join(sorted(own | known_scopes() - {"admin"}))


async def authenticate_if_open(connection: HTTPConnection) -> None:
    """A test may call the application before its lifespan, where nobody is known."""
    if hasattr(connection.state, "authenticator"):
        await authenticate(connection)


def with_principals(app: FastAPI) -> FastAPI:
    """The routes that a test adds run as the principal of their client, without a guard."""
    app.router.dependencies.append(Depends(authenticate_if_open))
    return app
