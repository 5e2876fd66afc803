"""Sends links by mail. They are made here, for whoever may read tasks may not read tokens."""

from typing import Any
from uuid import UUID

from aiosmtplib import SMTPException

from app.tasks import RetryPolicy
from . import mail
from .models import Account
from .repository import LINK_MINUTES, TokenRepository

TEXT = """\
Choose a password for your account at {title}, within {minutes} minutes:

{url}#{token}

If you have not asked for this link, you need not do anything: without it, nobody can change the password.
"""


@RetryPolicy(retry_on=(OSError, SMTPException), max_attempts=5, backoff=10)
async def send_link(state: Any, account_id: UUID) -> None:
    """Without such an account, nothing: requests for addresses that have none submit this all the same."""
    settings = state["settings"]
    async with state["database"].begin() as session:
        if (account := await session.get(Account, account_id)) is None:
            return
        token = await TokenRepository(session).issue_link(account)
    # What comes after a `#` is sent to no server, and is in no log of one.
    text = TEXT.format(title=settings.title, minutes=LINK_MINUTES, url=settings.public_url, token=token)
    await mail.send(settings, account.email, f"Your password at {settings.title}", text)
