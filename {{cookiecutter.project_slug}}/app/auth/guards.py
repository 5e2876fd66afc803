"""What a request needs to pass: a bearer token, and a scope of its router."""

import re
from typing import Annotated, Any, Protocol

from fastapi import Depends
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from app.errors import UnauthorizedError
from app.rate_limits import admit
from .principal import ADMIN, Principal, act_as

SCHEME = "bearer"
TOKEN = re.compile(r"bearer +([A-Za-z0-9._~+/-]{1,8192}=*)[ \t]*", re.IGNORECASE)
READING = {"GET", "HEAD", "OPTIONS"}
# Never which check has failed.
REFUSED = "Send a token that is valid here: Authorization: Bearer <token>."
# All that routers ask for, and the one that stands for all of them.
SCOPES = {ADMIN}


class Authenticator(Protocol):
    async def authenticate(self, token: str) -> Principal:
        """The same UnauthorizedError for every token that is not good, whatever is wrong with it."""


class Bearer(SecurityBase):
    """Whose token it is: looked up once, also when the idempotency key of the request needs it first.

    It asks for one scope for GET, and another one for the rest, WebSockets too; an admin has all.
    """

    model, scheme_name = HTTPBearer(), SCHEME

    def __init__(self, read: str = "", write: str = "") -> None:
        self.read, self.write = read, write

    async def __call__(self, connection: HTTPConnection) -> Principal:
        if (known := connection.scope.get("principal")) is None:
            headers = connection.headers.getlist("authorization")
            if not (found := TOKEN.fullmatch(headers[0] if len(headers) == 1 else "")):
                raise UnauthorizedError(REFUSED)
            authenticator: Authenticator = connection.state.authenticator
            known = connection.scope["principal"] = await authenticator.authenticate(found[1])
            if rate := connection.state.settings.principal_rate_limit:
                await admit(connection.scope, "principal", rate, known.id)
        act_as(known)
        if scope := self.read if connection.scope.get("method") in READING else self.write:
            known.require(scope)
        return known


authenticate = Bearer()
PrincipalDep = Annotated[Principal, Depends(authenticate)]
AdminOnly: Any = Depends(Bearer(ADMIN, ADMIN))


def guard(name: str, shared: bool = False) -> Any:
    """Among the dependencies of a router, or of one route. Only admins write what is shared."""
    asked = f"{name}:read", ADMIN if shared else f"{name}:write"
    SCOPES.update(asked)
    return Depends(Bearer(*asked))


def known_scopes() -> set[str]:
    return {*SCOPES}
