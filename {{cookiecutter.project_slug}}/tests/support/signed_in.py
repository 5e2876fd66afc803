"""Clients of tests send credentials, unless a test gives others."""

from typing import Any

import httpx2
import pytest

from .principals import CredentialsOf


@pytest.fixture
def credentials(credentials_of: CredentialsOf) -> dict[str, str]:
    return credentials_of("ada")


@pytest.fixture
def signed_in(credentials: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    start: Any = httpx2.Client.__init__

    def start_signed_in(self: httpx2.Client, *, headers: Any = None, **options: Any) -> None:
        start(self, headers={**credentials, **(headers or {})}, **options)

    monkeypatch.setattr(httpx2.Client, "__init__", start_signed_in)
