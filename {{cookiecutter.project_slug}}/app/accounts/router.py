"""The endpoints of accounts: signing in and up, one's own account, and, for administrators, all of them."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.auth import AdminOnly, PrincipalDep
from app.database import SessionDep
from app.edge import client_key
from app.errors import ForbiddenError
from app.routing import PrefixRouter
from app.tasks.outbox import BackendDep
from . import schemas, service
from .models import Token, TokenKind
from .repository import PREFIXES, AccountRepository, TokenRepository, digest_of


async def get_session_digest(request: Request, _: PrincipalDep) -> str:
    """Of the session by which this comes: with a key, nobody changes the account."""
    token = request.headers["Authorization"].rpartition(" ")[2]
    if not token.startswith(PREFIXES["session"]):
        raise ForbiddenError("This needs a session, not a key: POST /sessions.")
    return digest_of(token)


async def get_account_id(principal: PrincipalDep) -> UUID:
    return UUID(principal.id)


SessionDigest = Annotated[str, Depends(get_session_digest)]
AccountId = Annotated[UUID, Depends(get_account_id)]
Listed = Literal["sessions", "keys"]
KINDS: dict[Listed, TokenKind] = {"sessions": "session", "keys": "key"}
TAGS = ["authentication"]
# The first two are open to everybody.
sessions = PrefixRouter(prefix="/sessions", tags=TAGS, dependencies=[])
links = PrefixRouter(prefix="/accounts", tags=TAGS, dependencies=[])
account = PrefixRouter(prefix="/account", tags=TAGS, dependencies=[Depends(get_session_digest)])
accounts = PrefixRouter(prefix="/accounts", tags=TAGS, dependencies=[AdminOnly])
ROUTERS = [sessions, links, account, accounts]


def issued(response: Response, token: str, row: Token) -> schemas.IssuedToken:
    # Nor is it kept under an idempotency key.
    response.headers["Cache-Control"] = "no-store"
    return schemas.IssuedToken(token=token, **schemas.TokenInfo.model_validate(row).model_dump())


@sessions.post("", status_code=201)
async def sign_in(data: schemas.Credentials, request: Request, response: Response) -> schemas.IssuedToken:
    """The session has the name of its program, `User-Agent`."""
    name = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))[:255]
    client = client_key(request.scope)
    return issued(response, *await service.sign_in(request.state.accounts, data, client, name))


@links.post("/links", status_code=202)
async def send_link(data: schemas.Address, request: Request, session: SessionDep) -> None:
    """By which a password is chosen: for an account, or, where SIGN_UP is true, for any address."""
    await service.request_link(request.state, session, data.email, client_key(request.scope))


@links.post("/password", status_code=204)
async def choose_password(data: schemas.PasswordChoice, request: Request) -> None:
    """With the token of a link: it verifies the address, and ends all sessions."""
    await service.choose_password(request.state.accounts, data, client_key(request.scope))


@account.get("")
async def show_account(id: AccountId, principal: PrincipalDep, session: SessionDep) -> schemas.OwnAccountInfo:
    info = schemas.AccountInfo.model_validate(await service.get_account(session, id))
    return schemas.OwnAccountInfo(scopes=sorted(principal.scopes), **info.model_dump())


@account.put("/password", status_code=204)
async def change_password(
    data: schemas.PasswordChange, id: AccountId, digest: SessionDigest, request: Request
) -> None:
    """Ends all other sessions."""
    await service.change_password(request.state.accounts, id, data, digest)


@account.delete("/sessions", status_code=204)
async def end_sessions(id: AccountId, session: SessionDep) -> None:
    """All of them, this one too."""
    await TokenRepository(session).end(["session"], id)


@account.post("/keys", status_code=201)
async def issue_key(
    data: schemas.KeyRequest, principal: PrincipalDep, session: SessionDep, response: Response
) -> schemas.IssuedToken:
    return issued(response, *await service.issue_key(session, principal, data))


@account.get("/{kind}", response_model=list[schemas.TokenInfo])
async def show_tokens(kind: Listed, id: AccountId, session: SessionDep) -> Sequence[Token]:
    return await TokenRepository(session).list(KINDS[kind], id)


@account.delete("/{kind}/{token_id:uuid}", status_code=204)
async def end_token(kind: Listed, token_id: UUID, id: AccountId, session: SessionDep) -> None:
    await service.end_token(session, KINDS[kind], id, token_id)


@accounts.get("")
async def show_accounts(
    query: Annotated[schemas.AccountFilter, Query()], session: SessionDep
) -> schemas.AccountInfoPage:
    return schemas.AccountInfoPage.of(await AccountRepository(session).list(query), query)


@accounts.delete("/{id:uuid}", status_code=204)
async def remove_account(
    id: UUID, admin: PrincipalDep, session: SessionDep, backend: BackendDep, heir: UUID | None = None
) -> None:
    """Its rows go to the heir, another account, or are deleted; its sessions, keys and tasks end at once."""
    await service.remove_account(backend, session, id, heir, admin)
