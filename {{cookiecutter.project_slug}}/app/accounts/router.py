"""The endpoints of accounts: signing in and up, one's own account, and, for administrators, all of them."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.routing import APIRoute

from app.auth import AdminOnly, PrincipalDep
from app.database import SessionDep
from app.edge import client_key
from app.errors import ForbiddenError
from app.idempotency.owned import Handler, guards_first
from app.idempotency.route import StrictRequest
from app.routing import PrefixRouter
from . import schemas, service
from .models import Account, Token
from .repository import PREFIXES, AccountRepository, TokenRepository, digest_of


async def get_session_digest(request: Request, _: PrincipalDep) -> str:
    """Of the session by which this comes: with a key, no account is changed."""
    token = request.headers["Authorization"].rpartition(" ")[2]
    if not token.startswith(PREFIXES["session"]):
        raise ForbiddenError("This needs a session, not a key: POST /sessions.")
    return digest_of(token)


async def get_account_id(principal: PrincipalDep) -> UUID:
    return UUID(principal.id)


class UnkeptRoute(APIRoute):
    """Takes no idempotency key: nothing is kept that is made of a password or a token."""

    def get_route_handler(self) -> Handler:
        handle = guards_first(self.dependencies)(super().get_route_handler())

        async def handle_strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


SessionDigest = Annotated[str, Depends(get_session_digest)]
WithSession = Depends(get_session_digest)
AccountId = Annotated[UUID, Depends(get_account_id)]
options: Any = {"tags": ["authentication"], "route_class": UnkeptRoute}
# The first two are open to everybody.
sessions = PrefixRouter(prefix="/sessions", dependencies=[], **options)
links = PrefixRouter(prefix="/accounts", dependencies=[], **options)
account = PrefixRouter(prefix="/account", dependencies=[WithSession], **options)
accounts = PrefixRouter(prefix="/accounts", dependencies=[AdminOnly], **options)
ROUTERS = [sessions, links, account, accounts]


def issued(token: str, row: Token) -> schemas.IssuedToken:
    return schemas.IssuedToken(token=token, **schemas.TokenInfo.model_validate(row).model_dump())


@sessions.post("", status_code=201)
async def sign_in(data: schemas.Credentials, request: Request) -> schemas.IssuedToken:
    """The session has the name of its program, `User-Agent`."""
    name = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))[:255]
    client = client_key(request.scope)
    return issued(*await service.sign_in(request.state.accounts, data, client, name))


@links.post("/links", status_code=202, response_class=Response)
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
    data: schemas.KeyRequest, principal: PrincipalDep, session: SessionDep
) -> schemas.IssuedToken:
    return issued(*await service.issue_key(session, principal, data))


@account.get("/sessions")
async def show_sessions(
    id: AccountId, digest: SessionDigest, session: SessionDep
) -> list[schemas.SessionInfo]:
    rows = await TokenRepository(session).list("session", id)
    shown = [{**vars(row), "is_current": row.digest == digest} for row in rows]
    return [schemas.SessionInfo.model_validate(each) for each in shown]


@account.get("/keys", response_model=list[schemas.TokenInfo])
async def show_keys(id: AccountId, session: SessionDep) -> Sequence[Token]:
    return await TokenRepository(session).list("key", id)


@account.delete("/sessions/{token_id:uuid}", status_code=204)
async def end_session(token_id: UUID, id: AccountId, session: SessionDep) -> None:
    await service.end_token(session, "session", id, token_id)


@account.delete("/keys/{token_id:uuid}", status_code=204)
async def end_key(token_id: UUID, id: AccountId, session: SessionDep) -> None:
    await service.end_token(session, "key", id, token_id)


@accounts.get("")
async def show_accounts(
    query: Annotated[schemas.AccountFilter, Query()], session: SessionDep
) -> schemas.AccountInfoPage:
    return schemas.AccountInfoPage.of(await AccountRepository(session).list(query), query)


@accounts.post("", status_code=201, response_model=schemas.AccountInfo, dependencies=[WithSession])
async def add_account(data: schemas.Address, request: Request, session: SessionDep) -> Account:
    """Whether SIGN_UP is true or not. A link by which its password is chosen is sent there."""
    return await service.add_account(request.state, session, data.email)


@accounts.patch("/{id:uuid}", response_model=schemas.AccountInfo, dependencies=[WithSession])
async def change_account(
    id: UUID, data: schemas.AccountChange, admin: PrincipalDep, session: SessionDep
) -> Account:
    """Makes an administrator of it, or none."""
    account = await service.get_other(session, id, admin)
    return await AccountRepository(session).update(account, data.model_dump())


@accounts.delete("/{id:uuid}", status_code=204, dependencies=[WithSession])
async def remove_account(
    id: UUID,
    query: Annotated[schemas.Removal, Query()],
    admin: PrincipalDep,
    session: SessionDep,
    request: Request,
) -> None:
    """Its rows go to the heir, another account, or are deleted; its sessions, keys and tasks end at once."""
    await service.remove_account(request.state, session, id, query.heir, admin)
