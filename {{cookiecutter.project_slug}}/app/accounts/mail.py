"""How mail leaves the service: by SMTP, or, on the machine of a developer, into the log."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from app.settings import Settings

logger = structlog.get_logger()


def can_send(settings: Settings) -> bool:
    return bool(settings.smtp_url) or settings.environment == "development"


async def send(settings: Settings, to: str, subject: str, text: str) -> None:
    """RuntimeError in production without SMTP_URL; an error of aiosmtplib when the server takes no mail."""
    if not can_send(settings):
        raise RuntimeError("SMTP_URL is not set, so no mail can be sent.")
    mail, server = EmailMessage(), urlsplit(settings.smtp_url or "")
    mail["From"], mail["To"], mail["Subject"] = settings.mail_from, to, subject
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=settings.mail_from.partition("@")[2])
    mail.set_content(text)
    if not settings.smtp_url:
        logger.info("mail", to=to, subject=subject, text=text)
        return
    await aiosmtplib.send(
        mail,
        hostname=server.hostname,
        port=server.port,
        username=unquote(server.username or "") or None,
        password=unquote(server.password or "") or None,
        use_tls=server.scheme == "smtps",
        # A password is never sent without TLS; else TLS is used where the server has it.
        start_tls=True if server.password and server.scheme == "smtp" else None,
    )
