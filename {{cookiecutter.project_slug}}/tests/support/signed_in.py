"""Clients of tests send credentials, unless a test gives others: of one who may do all but what is for admins."""

from typing import Any

import httpx2
import pytest

from app.auth.guards import known_scopes

# Routers that a test adds have guards too.
OF_TESTS = ("given", "orders-with-a-task", "repeated", "shelves", "teams", "test-probe")


def ordinary_scopes() -> str:
    own = {f"{name}:{action}" for name in OF_TESTS for action in ("read", "write")}
    return " ".join(sorted(own | known_scopes() - {"admin"}))


@pytest.fixture
def signed_in(credentials: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    start: Any = httpx2.Client.__init__

    def start_signed_in(self: httpx2.Client, *, headers: Any = None, **options: Any) -> None:
        start(self, headers={**credentials, **(headers or {})}, **options)

    monkeypatch.setattr(httpx2.Client, "__init__", start_signed_in)
