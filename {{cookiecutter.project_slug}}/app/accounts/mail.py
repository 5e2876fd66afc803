"""How mail leaves the service: by SMTP, or, on the machine of a developer, into the log."""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from app.settings import Settings

logger = structlog.get_logger()
Send = Callable[[EmailMessage], Awaitable[None]]


class NoMailError(Exception):
    def __init__(self) -> None:
        super().__init__("SMTP_URL is not set, so that no mail can be sent.")


def compose(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    message.set_content(text)
    return message


def open_mail(settings: Settings) -> Send:
    if settings.smtp_url:
        return by_smtp(settings.smtp_url)
    return into_log if settings.environment == "development" else refuse


def by_smtp(url: str) -> Send:
    parts = urlsplit(url)
    password = unquote(parts.password) if parts.password else None

    async def send(message: EmailMessage) -> None:
        await aiosmtplib.send(
            message,
            hostname=parts.hostname,
            port=parts.port,
            username=unquote(parts.username) if parts.username else None,
            password=password,
            use_tls=parts.scheme == "smtps",
            # No password goes where no TLS is; else it is used where the server has it.
            start_tls=True if password and parts.scheme == "smtp" else None,
            timeout=30,
        )

    return send


async def into_log(message: EmailMessage) -> None:
    logger.info("mail", to=message["To"], subject=message["Subject"], text=message.get_content())


async def refuse(_: EmailMessage) -> None:
    raise NoMailError
