"""Sends links by mail, made here: who may read tasks may not read tokens. Ends what an account leaves."""

from asyncio import sleep
from typing import Any
from uuid import UUID

from aiosmtplib import SMTPException
from sqlalchemy import delete

from app.errors import UnavailableError
from app.tasks import RetryPolicy
from app.tasks.store_sql import TASKS
from . import mail
from .models import Account
from .repository import LINK_MINUTES, TokenRepository, remove_rows

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


@RetryPolicy(retry_on=(UnavailableError,), max_attempts=20, timeout=2 * 86400)
async def remove_rest(state: Any, owner: str, heir: str | None) -> None:
    """What requests have written that an account had under way when it was deleted."""
    await sleep(state["settings"].request_timeout)
    async with state["database"].begin() as session:
        await session.execute(delete(TASKS).where(TASKS.c.owner == owner))
        await remove_rows(session, owner, heir)
