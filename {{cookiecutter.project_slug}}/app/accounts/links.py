"""Links by which a password is chosen: who has one has got it at the address of the account."""

from datetime import timedelta

from app.clock import now
from app.database import Session
from app.settings import Settings
from .models import Account, Token
from .repository import TokenRepository

MINUTES = 15


async def new_link(session: Session, account: Account, settings: Settings) -> str:
    """What comes after a `#` is sent to no server, and is in no log of one."""
    row = Token(
        kind="reset" if account.password_hash else "verify",
        account_id=account.id,
        name="",
        expires_at=now() + timedelta(minutes=MINUTES),
    )
    return f"{settings.public_url}#{await TokenRepository(session).issue(row)}"
