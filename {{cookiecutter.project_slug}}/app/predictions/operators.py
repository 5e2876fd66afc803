"""What only an operator may do: a client that sends the token of the settings."""

import secrets
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.errors import ForbiddenError, UnauthorizedError
from app.routing import PrefixRouter
from app.settings import Settings
from .model import Model
from .schemas import ServedModel

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


operator_router = PrefixRouter(
    prefix="/model", tags=["predictions"], dependencies=[Depends(require_operator)]
)


@operator_router.post("/reload")
async def reload_model(request: Request) -> ServedModel:
    model: Model = request.state.model
    return ServedModel.of(await model.reload())
