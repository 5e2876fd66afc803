"""A service with accounts and a mail server, an administrator and two who are none."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.support.accounts import Person, person
from tests.support.mailbox import Mailbox


@pytest.fixture
def credentials() -> dict[str, str]:
    """None, unless a test gives some."""
    return {}


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Settings:
    changes = {"sign_up": True, "smtp_url": mailbox.url, "login_rate_limit": "1000/minute"}
    return settings.model_copy(update=changes)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        # % if false
        # The last one counts in the template.
        client.app_state["authenticator"] = client.app_state["accounts"]
        # % endif
        yield client


@pytest.fixture
def admin(settings: Settings) -> Person:
    return person(settings, "admin@example.com", is_admin=True)


@pytest.fixture
def ada(settings: Settings) -> Person:
    return person(settings, "ada@example.com")


@pytest.fixture
def bob(settings: Settings) -> Person:
    return person(settings, "bob@example.com")
