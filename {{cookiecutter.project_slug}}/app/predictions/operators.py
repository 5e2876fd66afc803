"""What only an operator may do: a client that sends the token of the settings."""

import secrets
from collections.abc import Mapping
from typing import Annotated, ClassVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.errors import ServiceError
from app.settings import Settings


class UnauthorizedError(ServiceError):
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(ServiceError):
    status = 403


bearer = HTTPBearer(auto_error=False, scheme_name="operator", description="The OPERATOR_TOKEN.")


async def require_operator(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> None:
    settings: Settings = request.state.settings
    if settings.operator_token is None:
        raise ForbiddenError("No client may do this while OPERATOR_TOKEN is not set.")
    token = settings.operator_token.encode()
    # Headers are bytes, which Starlette shows as Latin-1.
    if given is None or not secrets.compare_digest(given.credentials.encode("latin-1"), token):
        raise UnauthorizedError("Only an operator may do this: send its token as Authorization: Bearer.")


OperatorOnly = Depends(require_operator)
