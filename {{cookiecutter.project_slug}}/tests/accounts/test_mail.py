"""How mail leaves, and the settings that say so."""

from collections.abc import Mapping
from typing import Any

import pytest
from aiosmtplib import SMTPException
from pydantic import ValidationError

from app.accounts.mail import send
from app.settings import Settings
from tests.support.mailbox import Mailbox

MAIL = ("ada@example.com", "A subject, 제목", "A text, 글")


def settings_of(**values: Any) -> Settings:
    given: dict[str, Any] = {"environment": "development", **values}
    return Settings(_env_file=None, **given)


async def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    await send(settings_of(smtp_url=mailbox.url, mail_from="service@shop.example"), *MAIL)
    [mail] = mailbox.mails
    assert (mail["Subject"], mail.get_content().strip()) == ("A subject, 제목", "A text, 글")
    assert mail["Message-ID"].endswith("@shop.example>")


async def test_a_password_goes_nowhere_without_encryption(mailbox: Mailbox) -> None:
    url = mailbox.url.replace("://", "://user:p%40ss@")
    with pytest.raises(SMTPException, match="STARTTLS"):
        await send(settings_of(smtp_url=url), *MAIL)
    assert mailbox.mails == []


async def test_development_has_mails_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    await send(settings_of(environment="development"), *MAIL)
    assert "ada@example.com" in capsys.readouterr().out


async def test_production_without_a_mail_server_says_so() -> None:
    with pytest.raises(RuntimeError, match="SMTP_URL"):
        await send(settings_of(environment="production"), *MAIL)


async def test_no_line_is_added_to_the_head_of_a_mail(mailbox: Mailbox) -> None:
    for head in (("a@b.example\r\nBcc: x@y.example", "a"), ("a@b.example", "a\nBcc: x@y.example")):
        with pytest.raises(ValueError, match=r"linefeed|newline|header"):
            await send(settings_of(smtp_url=mailbox.url), *head, "text")
    assert mailbox.mails == []


PRODUCTION = {"environment": "production"}
PAGE = {"public_url": "https://shop.example/password"}
MAIL_SERVER = {**PRODUCTION, "smtp_url": "smtp://mail.example", "mail_from": "service@shop.example"}
REFUSED: dict[str, Mapping[str, str]] = {
    "another protocol": {"smtp_url": "https://mail.example"},
    "no protocol": {"smtp_url": "mail.example:25"},
    "an address as the user": {"smtp_url": "smtp://me@shop.example:secret@mail.example"},
    "no port": {"smtp_url": "smtp://u:p@x.io:99999"},
    "a port in other digits": {"smtp_url": "smtp://x.io:٢٥"},
    "a page at no port": {"public_url": "https://shop.example:65536/password"},
    "no password": {"smtp_url": "smtp://me@mail.example"},
    "a page of this machine": MAIL_SERVER,
    "a port of this machine": {**MAIL_SERVER, "public_url": "http://localhost:3000/password"},
    "a page with a fragment": {"public_url": "https://shop.example/#password"},
    "no page": {"public_url": "shop.example"},
    "a name of a sender": {"mail_from": "Shop <service@shop.example>"},
    "two senders": {"mail_from": "a@shop.example,b@shop.example"},
    "links that nothing sends": {**PRODUCTION, **PAGE, "sign_up": "true"},
    "a sender of this machine": {**MAIL_SERVER, **PAGE, "mail_from": "service@localhost"},
    "a page that others may change": {**PRODUCTION, "public_url": "http://shop.example/password"},
    "no rate": {"login_rate_limit": "often"},
}
TAKEN: dict[str, Mapping[str, str]] = {
    "a login": {"smtp_url": "smtps://me%40shop.example:p%2Fw@mail.example:465"},
    "an address of a machine": {"smtp_url": "smtp://[::1]:25"},
    "the last port": {"smtp_url": "smtp://x.io:65535", "public_url": "https://[::1]:65535?a=b:c@d"},
    "a page for people": {**MAIL_SERVER, "public_url": "https://localhost.example/password"},
    "a page of a developer": {"smtp_url": "smtp://mail.example"},
    "links in the log": {"sign_up": "true", "public_url": "http://shop.example/password"},
    "administrators alone": PRODUCTION,
    "everybody": {**MAIL_SERVER, **PAGE, "sign_up": "true"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_settings_of_mails_that_cannot_work_are_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_of(**REFUSED[name])
    # In words: no regular expression.
    assert "should match" not in str(refused.value)


@pytest.mark.parametrize("name", TAKEN)
def test_settings_of_mails_that_work_are_taken(name: str) -> None:
    settings = settings_of(**TAKEN[name])
    assert "p%2Fw" not in repr(settings)
