"""Whom tests run as."""

from collections.abc import Callable

from fastapi import Depends, FastAPI

from app.auth import authenticate, known_scopes

CredentialsOf = Callable[..., dict[str, str]]
"""The headers of a request: of a principal with this name, and with these scopes or the ordinary ones."""
# Routers that a test adds have guards too.
OF_TESTS = ("given", "open", "orders-with-a-task", "repeated", "shelves", "teams", "test-probe")


def ordinary_scopes() -> str:
    """All but the one of admins."""
    own = {f"{name}:{action}" for name in OF_TESTS for action in ("read", "write")}
    return " ".join(sorted(own | known_scopes() - {"admin"}))


def with_principals(app: FastAPI) -> FastAPI:
    """The routes that a test adds run as the principal of their client, without a guard."""
    app.router.dependencies.append(Depends(authenticate))
    return app
