"""The rules of accounts: how one signs in, chooses a password and gets keys."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.auth import SYSTEM, Principal, acting_as
from app.clock import new_id, now
from app.database import Session, after_commit
from app.errors import INVALID, ConflictError, InvalidError, NotFoundError, UnauthorizedError, wrong_field
from app.tasks import submitting
from app.tasks.arguments import Function
from app.tasks.owned import cancel_tasks
from . import schemas, tasks
from .mail import can_send
from .models import Account, Token, TokenKind
from .repository import LINKS, AccountRepository, TokenRepository, remove_rows
from .state import Accounts, principal_of

# Whichever of the two it is, and also while the address is not verified.
WRONG = "The address or the password is wrong."
EXPIRED = "This link was used, or is too old: ask for another one."


def wrong(field: str, rule: str, detail: str) -> InvalidError:
    return InvalidError(INVALID, errors=[wrong_field("body", field, rule, detail)])


async def sign_in(accounts: Accounts, data: schemas.Credentials, client: str, name: str) -> tuple[str, Token]:
    await accounts.count(client=client, account=data.email)
    async with accounts.database.begin() as session:
        account = await AccountRepository(session).find(data.email)
    # Here is no connection in use: this takes long, and many may wait for it.
    before, password = account.password_hash if account else None, data.password.get_secret_value()
    if not await accounts.passwords.matches(password, before) or not account or not before:
        raise UnauthorizedError(WRONG)
    hashed = await accounts.passwords.renew(password, before)
    expires_at = now() + timedelta(seconds=accounts.settings.session_ttl)
    row = Token(kind="session", account_id=account.id, name=name, expires_at=expires_at)
    async with accounts.database.begin() as session:
        # Not when it was changed in the meantime.
        if not await AccountRepository(session).set_hash(account.id, hashed, Account.password_hash == before):
            raise UnauthorizedError(WRONG)
        return await TokenRepository(session).issue(row), row


async def request_link(state: Any, session: Session, email: str, client: str) -> None:
    """The same for every address, to a client: whether there is an account is for its owner to know."""
    need_mail(state)
    accounts: Accounts = state["accounts"]
    await accounts.count(client=client, account=email)
    repository = AccountRepository(session)
    find = repository.find_or_add if accounts.settings.sign_up else repository.find
    account = await find(email)
    await submit(state, session, tasks.send_link, account_id=account.id if account else new_id())


def need_mail(state: Any) -> None:
    if not can_send(state["settings"]):
        raise ConflictError("SMTP_URL is not set, so no link can be sent: set it first.")


async def submit(state: Any, session: Session, task: Function, **arguments: Any) -> None:
    """As the service itself: no client sees it."""
    with acting_as(SYSTEM):
        async with submitting(state, session) as outbox:
            outbox.submit(task, **arguments)


async def choose_password(accounts: Accounts, data: schemas.PasswordChoice, client: str) -> None:
    await accounts.count(client=client)
    async with accounts.database.begin() as session:
        # A hash takes long: nobody gets one for a token that is none.
        if not await TokenRepository(session).has_link(data.secret):
            raise wrong("token", "expired", EXPIRED)
    hashed = await accounts.passwords.hash(data.password.get_secret_value())
    async with accounts.database.begin() as session:
        tokens = TokenRepository(session)
        if not (account_id := await tokens.use_link(data.secret)):
            raise wrong("token", "expired", EXPIRED)
        await AccountRepository(session).set_hash(account_id, hashed)
        await tokens.end(["session", *LINKS], account_id)


async def change_password(accounts: Accounts, id: UUID, data: schemas.PasswordChange, digest: str) -> None:
    """It ends all sessions but the one with this digest."""
    await accounts.count(account=str(id))
    async with accounts.database.begin() as session:
        account = await AccountRepository(session).get(id)
    before = account.password_hash if account else None
    if not await accounts.passwords.matches(data.current_password.get_secret_value(), before):
        raise wrong("current_password", "wrong", "This is not your password.")
    hashed = await accounts.passwords.hash(data.password.get_secret_value())
    async with accounts.database.begin() as session:
        if not await AccountRepository(session).set_hash(id, hashed, Account.password_hash == before):
            raise ConflictError("The password was changed in the meantime.")
        await TokenRepository(session).end(["session", *LINKS], id, Token.digest != digest)


async def issue_key(session: Session, principal: Principal, data: schemas.KeyRequest) -> tuple[str, Token]:
    """It may do what its maker may, at most."""
    if unknown := sorted({*data.scopes} - principal.scopes):
        raise wrong("scopes", "scope", f"You have no scope {unknown[0]!r}: GET /account lists yours.")
    if data.expires_at <= now():
        raise wrong("expires_at", "past", "This is in the past.")
    row = Token(kind="key", account_id=UUID(principal.id), **data.model_dump())
    return await TokenRepository(session).issue(row), row


async def end_token(session: Session, kind: TokenKind, account_id: UUID, id: UUID) -> None:
    if not await TokenRepository(session).end([kind], account_id, Token.id == id):
        raise NotFoundError(f"There is no such {kind}.")


async def get_account(session: Session, id: UUID) -> Account:
    if (account := await AccountRepository(session).get(id)) is None:
        raise NotFoundError("There is no such account.")
    return account


async def add_account(state: Any, session: Session, email: str) -> Account:
    need_mail(state)
    account = await AccountRepository(session).add(Account(email=email))
    await submit(state, session, tasks.send_link, account_id=account.id)
    return account


async def get_other(session: Session, id: UUID, principal: Principal) -> Account:
    """So that one administrator is left."""
    if str(id) == principal.id:
        raise ConflictError("An administrator is changed or deleted by another one.")
    if UUID(principal.id) not in await AccountRepository(session).lock_admins():
        raise ConflictError("You are no administrator any more.")
    return await get_account(session, id)


async def remove_account(state: Any, session: Session, id: UUID, heir: UUID | None, by: Principal) -> None:
    """What is its own goes to the heir, or with it; what belongs to an organisation stays there."""
    account = await get_other(session, id, by)
    if id == heir:
        raise ConflictError("The heir has to be another account.")
    removed = principal_of(account)
    owner = principal_of(await get_account(session, heir)).owner if heir else None
    await AccountRepository(session).delete(account)
    if removed.owner == removed.id:
        await remove_rows(session, removed.owner, owner)
        await after_commit(session, partial(cancel_tasks, state["tasks"], removed))
        await submit(state, session, tasks.remove_rest, owner=removed.owner, heir=owner)
