"""Sends links by mail. They are made here, for whoever may read tasks may not read tokens."""

from typing import Any
from uuid import UUID

from aiosmtplib import SMTPException

from app.tasks import RetryPolicy
from .links import MINUTES, new_link
from .mail import compose
from .models import Account

TEXT = """\
Somebody has asked for a link to choose a password for your account at {title}. If it was you, open it
within {minutes} minutes:

{link}

If it was not, you need not do anything: without the link, nobody can change your password.
"""


@RetryPolicy(retry_on=(OSError, SMTPException), max_attempts=5, backoff=10)
async def send_link(state: Any, account_id: UUID) -> None:
    """Without such an account, nothing: requests for addresses that have none submit this all the same."""
    settings = state["settings"]
    async with state["database"].begin() as session:
        account = await session.get(Account, account_id)
        if account is None:
            return
        link = await new_link(session, account, settings)
    text = TEXT.format(title=settings.title, minutes=MINUTES, link=link)
    message = compose(settings.mail_from, account.email, f"Your password at {settings.title}", text)
    await state["accounts"].send(message)
