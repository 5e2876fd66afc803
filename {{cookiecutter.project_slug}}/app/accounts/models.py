"""What is stored: accounts, and the tokens by which they are known."""

from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, column
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import new_id, now
from app.database import Entity
from app.database.sql import Base, indexed

TokenKind = Literal["session", "key", "reset", "verify"]


class Account(Entity):
    # No domain may have this name, so that one may be called `accounts`.
    __tablename__ = "auth_accounts"
    __table_args__ = indexed("created_at", "email")

    email: Mapped[str] = mapped_column(String(254), unique=True)
    # None until the address is verified: a link that was sent there sets it.
    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_admin: Mapped[bool] = mapped_column(default=False)


class Token(Base):
    """A session, a key, or a link in a mail. The token itself is nowhere: only its SHA-256."""

    __tablename__ = "auth_tokens"
    # Not `choice`: Alembic writes no CHECK of a type, and `make migration` writes this table where it is new.
    __table_args__ = (CheckConstraint(column("kind").in_(get_args(TokenKind)), name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[TokenKind] = mapped_column(String(50))
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    # Of a key. A session has those of its account.
    scopes: Mapped[list[Any] | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column()
