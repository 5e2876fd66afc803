"""What the endpoints need to know of a request: its session, and its client."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from app.auth import PrincipalDep
from app.edge import client_key
from app.errors import ForbiddenError
from .state import Accounts
from .tokens import PREFIXES, digest_of


async def get_accounts(request: Request) -> Any:
    return request.state.accounts


async def get_client(request: Request) -> str:
    return client_key(request.scope)


async def get_session_digest(request: Request, _: PrincipalDep) -> str:
    """Of the session by which this comes: with a key, nobody changes the account."""
    token = request.headers["Authorization"].rpartition(" ")[2]
    if not token.startswith(PREFIXES["session"]):
        raise ForbiddenError("This needs a session, not a key: POST /sessions.")
    return digest_of(token)


SessionDigest = Annotated[str, Depends(get_session_digest)]


async def get_account_id(principal: PrincipalDep, _: SessionDigest) -> UUID:
    return UUID(principal.id)


AccountsDep = Annotated[Accounts, Depends(get_accounts)]
AccountId = Annotated[UUID, Depends(get_account_id)]
Client = Annotated[str, Depends(get_client)]
