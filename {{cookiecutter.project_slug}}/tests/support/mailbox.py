"""A real SMTP server, and the mails that it has got."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from .processes import free_port, until


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: list[str] = []
        """What it says to the next mails, instead of taking them."""
        # It would take a password from anybody, and without encryption.
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=True),
        )

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusals:
            return self.refusals.pop()
        mail: Any = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert envelope.rcpt_tos == [mail["To"]], "nobody else gets it"
        self.mails.append(mail)
        return "250 OK"

    def token(self, number: int = 1) -> str:
        """What comes after the `#` of the link in the mail of this number, once that is here."""
        until(lambda: len(self.mails) >= number)
        text = self.mails[number - 1].get_content()
        found = re.search(r"http://[^#\s]+#(\S+)", text)
        assert found, text
        return found[1]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.controller.start()
    yield mailbox
    mailbox.controller.stop()
