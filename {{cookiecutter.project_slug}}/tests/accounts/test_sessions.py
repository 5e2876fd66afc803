"""Signing in and out, and what a session is."""

import re
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, select, update

from app.accounts.models import Account, Token
from app.clock import now
from app.settings import Settings
from tests.support.accounts import PASSWORD, Person, bearing, hash_of


def sign_in(client: TestClient, person: Person) -> dict[str, Any]:
    response = client.post("/sessions", json=person.login)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def test_a_session_is_shown_once_and_kept_by_nobody(client: TestClient, ada: Person) -> None:
    response = client.post(
        "/sessions", json=ada.login, headers={"User-Agent": "a phone", "Idempotency-Key": "1"}
    )
    assert response.headers["Cache-Control"] == "no-store"
    issued = response.json()
    assert re.fullmatch(r"ses_[\w-]{43}", issued["token"])
    shown = client.get("/account/sessions", headers=bearing(issued["token"])).json()
    assert {each["name"] for each in shown} == {"a phone", "tests"}
    assert issued["token"] not in str(shown)
    assert response.headers["Location"] == f"/account/sessions/{issued['id']}"
