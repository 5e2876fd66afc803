"""How accounts and tokens are stored and found; every query is here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, delete, exists, select, update

from app.clock import now
from app.database import EntityRepository, Session
from app.errors import ConflictError
from .models import Account, Token, TokenKind
from .tokens import digest_of, new_token

BEARERS: Sequence[TokenKind] = ("session", "key")
LINKS: Sequence[TokenKind] = ("reset", "verify")


class AccountRepository(EntityRepository[Account]):
    model = Account

    async def find(self, email: str) -> Account | None:
        found: Account | None = await self.session.scalar(select(Account).where(Account.email == email))
        return found

    async def find_or_add(self, email: str) -> Account:
        """Also when another request adds it at the same time."""
        if found := await self.find(email):
            return found
        try:
            return await self.add(Account(email=email))
        except ConflictError:
            if found := await self.find(email):
                return found
            raise

    async def set_hash(self, id: UUID, hashed: str, *conditions: ColumnElement[bool]) -> bool:
        """Whether there is such an account still."""
        change = update(Account).where(Account.id == id, *conditions).values(password_hash=hashed)
        return bool((await self.session.scalars(change.returning(Account.id))).all())

    async def sweep(self, before: datetime) -> None:
        """Accounts whose address was never verified."""
        unverified = Account.password_hash.is_(None), Account.created_at < before
        has_token = exists().where(Token.account_id == Account.id)
        await self.session.execute(delete(Account).where(*unverified, ~has_token))


class TokenRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    async def issue(self, row: Token) -> str:
        """The token, which only its client has from here on."""
        token = new_token(row.kind)
        row.digest = digest_of(token)
        self.session.add(row)
        await self.session.flush()
        return token

    async def bearer(self, token: str) -> Row[UUID, list[str] | None, UUID, bool] | None:
        columns = Token.id, Token.scopes, Account.id, Account.is_admin
        query = select(*columns).join(Account).where(*valid(token, BEARERS))
        return (await self.session.execute(query)).one_or_none()

    async def is_link(self, token: str) -> bool:
        return await self.session.scalar(select(Token.id).where(*valid(token, LINKS))) is not None

    async def use_link(self, token: str) -> UUID | None:
        """The account, once: of two requests with the same token, the second one finds none."""
        used = delete(Token).where(*valid(token, LINKS)).returning(Token.account_id)
        return (await self.session.scalars(used)).one_or_none()

    async def list(self, kind: TokenKind, account_id: UUID) -> Sequence[Token]:
        """The newest hundred."""
        ours = Token.kind == kind, Token.account_id == account_id, Token.expires_at > now()
        return (
            await self.session.scalars(select(Token).where(*ours).order_by(Token.id.desc()).limit(100))
        ).all()

    async def end(
        self, kinds: Sequence[TokenKind], account_id: UUID, *conditions: ColumnElement[bool]
    ) -> int:
        """How many there were."""
        ours = Token.kind.in_(kinds), Token.account_id == account_id
        ended = await self.session.scalars(delete(Token).where(*ours, *conditions).returning(Token.id))
        return len(ended.all())

    async def mark_used(self, times: Mapping[UUID, datetime]) -> None:
        rows = [{"token": id, "at": at} for id, at in times.items()]
        used = update(Token).where(Token.id == bindparam("token")).values(used_at=bindparam("at"))
        # Of the connection: rows that have gone in the meantime are no error there.
        await (await self.session.connection()).execute(used, rows)

    async def sweep(self) -> None:
        await self.session.execute(delete(Token).where(Token.expires_at <= now()))


def valid(token: str, kinds: Sequence[TokenKind]) -> Sequence[ColumnElement[bool]]:
    return Token.digest == digest_of(token), Token.kind.in_(kinds), Token.expires_at > now()
