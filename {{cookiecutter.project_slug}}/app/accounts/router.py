"""The endpoints of accounts: signing in and up, one's own account, and, for administrators, all of them."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response

from app.auth import AdminOnly, PrincipalDep
from app.database import SessionDep
from app.routing import PrefixRouter
from . import schemas, service
from .credentials import AccountId, AccountsDep, Client, SessionDigest, get_session_digest
from .models import Token
from .repository import AccountRepository, TokenRepository

TAGS = ["authentication"]
# Open to everybody. What is sent by mail proves the address.
sessions = PrefixRouter(prefix="/sessions", tags=TAGS, dependencies=[])
sign_up = PrefixRouter(prefix="/accounts", tags=TAGS, dependencies=[])
account = PrefixRouter(prefix="/account", tags=TAGS, dependencies=[Depends(get_session_digest)])
accounts = PrefixRouter(prefix="/accounts", tags=TAGS, dependencies=[AdminOnly])
ROUTERS = [sessions, sign_up, account, accounts]


def issued(response: Response, token: str, row: Token) -> schemas.IssuedToken:
    # Nor is it kept under an idempotency key.
    response.headers["Cache-Control"] = "no-store"
    return schemas.IssuedToken(token=token, **schemas.TokenInfo.model_validate(row).model_dump())


@sessions.post("", status_code=201)
async def sign_in(
    data: schemas.Credentials,
    accounts: AccountsDep,
    client: Client,
    response: Response,
    user_agent: Annotated[str, Header()] = "",
) -> schemas.IssuedToken:
    """The session has the name of its program, `User-Agent`."""
    name = "".join(filter(str.isprintable, user_agent))[:255]
    return issued(response, *await service.sign_in(accounts, data, client, name))


@sign_up.post("", status_code=202)
async def sign_up_by_mail(
    data: schemas.Address, request: Request, session: SessionDep, client: Client
) -> None:
    """Where SIGN_UP is true: sends a link to choose a password, also where there is an account."""
    await service.request_link(request.state, session, data.email, client, sign_up=True)


@sign_up.post("/reset", status_code=202)
async def request_password_link(
    data: schemas.Address, request: Request, session: SessionDep, client: Client
) -> None:
    """Sends a link to choose a new password, if there is such an account."""
    await service.request_link(request.state, session, data.email, client)


@sign_up.post("/password", status_code=204)
async def choose_password(data: schemas.PasswordChoice, accounts: AccountsDep) -> None:
    """With the token of the link: it verifies the address, and ends all sessions."""
    await service.choose_password(accounts, data)


@account.get("")
async def show_own_account(
    id: AccountId, principal: PrincipalDep, session: SessionDep
) -> schemas.OwnAccountInfo:
    row = await service.get_account(session, id)
    info = schemas.AccountInfo.model_validate(row).model_dump()
    return schemas.OwnAccountInfo(scopes=sorted(principal.scopes), **info)


@account.put("/password", status_code=204)
async def change_password(
    data: schemas.PasswordChange, id: AccountId, digest: SessionDigest, accounts: AccountsDep
) -> None:
    """Ends all other sessions."""
    await service.change_password(accounts, id, data, digest)


@account.get("/sessions", response_model=list[schemas.TokenInfo])
async def show_sessions(id: AccountId, session: SessionDep) -> Sequence[Token]:
    return await TokenRepository(session).list("session", id)


@account.delete("/sessions", status_code=204)
async def end_sessions(id: AccountId, session: SessionDep) -> None:
    """All of them, this one too."""
    await TokenRepository(session).end(["session"], id)


@account.delete("/sessions/{session_id:uuid}", status_code=204)
async def end_session(session_id: UUID, id: AccountId, session: SessionDep) -> None:
    await service.end_token(session, "session", id, session_id)


@account.get("/keys", response_model=list[schemas.TokenInfo])
async def show_keys(id: AccountId, session: SessionDep) -> Sequence[Token]:
    return await TokenRepository(session).list("key", id)


@account.post("/keys", status_code=201)
async def issue_key(
    data: schemas.KeyRequest, _: AccountId, principal: PrincipalDep, session: SessionDep, response: Response
) -> schemas.IssuedToken:
    return issued(response, *await service.issue_key(session, principal, data))


@account.delete("/keys/{key_id:uuid}", status_code=204)
async def end_key(key_id: UUID, id: AccountId, session: SessionDep) -> None:
    await service.end_token(session, "key", id, key_id)


@accounts.get("")
async def show_accounts(
    query: Annotated[schemas.AccountFilter, Query()], session: SessionDep
) -> schemas.AccountInfoPage:
    return schemas.AccountInfoPage.of(await AccountRepository(session).list(query), query)


@accounts.delete("/{id:uuid}", status_code=204)
async def remove_account(
    id: UUID, principal: PrincipalDep, session: SessionDep, heir: UUID | None = None
) -> None:
    """Its rows go to the heir, another account, or are deleted; its sessions and keys end at once."""
    await service.remove_account(session, id, heir, principal)
