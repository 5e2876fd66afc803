"""How accounts and tokens are stored and found; every query is here."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, delete, exists, false, select, update

from app.clock import now
from app.database import EntityRepository, Session
from app.database.ownership_sql import delete_rows, hand_over
from app.errors import ConflictError
from app.idempotency.owned import digest_of_owner
from app.idempotency.store_sql import KEYS
from .models import Account, Token, TokenKind

# A token of one kind is never one of another, and scanners for secrets know it.
PREFIXES: dict[TokenKind, str] = {"session": "ses_", "key": "key_", "reset": "rst_", "verify": "vfy_"}
BEARERS: Sequence[TokenKind] = ("session", "key")
LINKS: Sequence[TokenKind] = ("reset", "verify")
LINK_MINUTES = 15


def digest_of(token: str) -> str:
    """No salt, and no slow hash: nobody can guess 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def valid(token: str, kinds: Sequence[TokenKind]) -> Sequence[ColumnElement[bool]]:
    return Token.digest == digest_of(token), Token.kind.in_(kinds), Token.expires_at > now()


class AccountRepository(EntityRepository[Account]):
    model = Account

    async def find(self, email: str) -> Account | None:
        return (await self.session.scalars(select(Account).where(Account.email == email))).one_or_none()

    async def find_or_add(self, email: str) -> Account:
        if found := await self.find(email):
            return found
        try:
            async with self.session.begin_nested():
                return await self.add(Account(email=email))
        except ConflictError:
            # Another request has added it just now.
            return await self.find(email) or await self.add(Account(email=email))

    async def set_hash(self, id: UUID, hashed: str, *conditions: ColumnElement[bool]) -> bool:
        """Whether there is such an account still."""
        change = update(Account).where(Account.id == id, *conditions).values(password_hash=hashed)
        return bool((await self.session.scalars(change.returning(Account.id))).all())

    async def lock_admins(self) -> Sequence[UUID]:
        """Who they are. Until this transaction ends, no other one that asks this goes on."""
        # Some databases have one writer, from its first write on; others lock rows, here in one order.
        await self.session.execute(update(Account).where(false()).values(is_admin=False))
        admins = select(Account.id).where(Account.is_admin).order_by(Account.id).with_for_update()
        return (await self.session.scalars(admins)).all()

    async def sweep(self) -> None:
        """Those whose address was not verified within a day."""
        old = Account.password_hash.is_(None), Account.created_at < now() - timedelta(days=1)
        unused = ~exists().where(Token.account_id == Account.id)
        await self.session.execute(delete(Account).where(*old, unused))


async def remove_rows(session: Session, owner: str, heir: str | None) -> None:
    """Or give them to the heir, who has no use for idempotency keys."""
    await session.execute(delete(KEYS).where(KEYS.c.key.startswith(digest_of_owner(owner))))
    await (hand_over(session, owner, heir) if heir else delete_rows(session, owner))


class TokenRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    async def issue(self, row: Token) -> str:
        """The token, which only its client has from here on."""
        token = PREFIXES[row.kind] + secrets.token_urlsafe(32)
        row.digest = digest_of(token)
        self.session.add(row)
        await self.session.flush()
        return token

    async def issue_link(self, account: Account) -> str:
        """By which a password is chosen: who has it has got it at the address of the account."""
        expires_at = now() + timedelta(minutes=LINK_MINUTES)
        kind: TokenKind = "reset" if account.password_hash else "verify"
        return await self.issue(Token(kind=kind, account_id=account.id, name="", expires_at=expires_at))

    async def bearer(self, token: str) -> Row[UUID, list[str] | None, Account] | None:
        query = select(Token.id, Token.scopes, Account).join(Account).where(*valid(token, BEARERS))
        return (await self.session.execute(query)).one_or_none()

    async def has_link(self, token: str) -> bool:
        return bool(await self.session.scalar(select(exists().where(*valid(token, LINKS)))))

    async def use_link(self, token: str) -> UUID | None:
        """The account, once: of two requests with the same token, the second one finds none."""
        used = delete(Token).where(*valid(token, LINKS)).returning(Token.account_id)
        return (await self.session.scalars(used)).one_or_none()

    async def list(self, kind: TokenKind, account_id: UUID) -> Sequence[Token]:
        """The newest hundred."""
        ours = Token.kind == kind, Token.account_id == account_id, Token.expires_at > now()
        newest = select(Token).where(*ours).order_by(Token.id.desc()).limit(100)
        return (await self.session.scalars(newest)).all()

    async def end(self, kinds: Sequence[TokenKind], account_id: UUID, *more: ColumnElement[bool]) -> int:
        """How many there were."""
        ours = Token.kind.in_(kinds), Token.account_id == account_id
        ended = await self.session.scalars(delete(Token).where(*ours, *more).returning(Token.id))
        return len(ended.all())

    async def mark_used(self, times: Mapping[UUID, datetime]) -> None:
        rows = [{"token": id, "at": at} for id, at in times.items()]
        used = update(Token).where(Token.id == bindparam("token")).values(used_at=bindparam("at"))
        # Of the connection: rows that have gone in the meantime are no error there.
        await (await self.session.connection()).execute(used, rows)

    async def sweep(self) -> None:
        await self.session.execute(delete(Token).where(Token.expires_at <= now()))
