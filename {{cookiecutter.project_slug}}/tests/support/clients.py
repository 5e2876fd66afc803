"""Clients of the same service as other principals than that of `client`."""

from itertools import count
from weakref import WeakKeyDictionary

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.auth import Principal
from app.auth.guards import Authenticator
from app.auth.principal import ADMIN
from .principals import ordinary_scopes

ADMINS = WeakKeyDictionary[FastAPI, TestClient]()


class Introducer:
    """Knows the principals that it has introduced; others are those of the service."""

    def __init__(self, authenticator: Authenticator) -> None:
        self.authenticator = authenticator
        self.principals: dict[str, Principal] = {}
        self._numbers = count(1)

    def introduce(self, principal: Principal) -> str:
        token = f"introduced-{next(self._numbers)}"
        self.principals[token] = principal
        return token

    async def authenticate(self, token: str) -> Principal:
        return self.principals.get(token) or await self.authenticator.authenticate(token)


def as_principal(client: TestClient, principal: Principal) -> TestClient:
    """Another client, of the application that this one has started."""
    if not isinstance(client.app_state["authenticator"], Introducer):
        client.app_state["authenticator"] = Introducer(client.app_state["authenticator"])
    token = client.app_state["authenticator"].introduce(principal)
    other = TestClient(client.app, headers={"Authorization": f"Bearer {token}"})
    other.app_state.update(client.app_state)
    other.portal = client.portal
    return other


def as_admin(client: TestClient) -> TestClient:
    """The same one for all that a test creates, so that its values differ."""
    assert isinstance(client.app, FastAPI)
    if client.app not in ADMINS:
        ADMINS[client.app] = as_principal(client, Principal("the admin", frozenset({ADMIN})))
    return ADMINS[client.app]


@pytest.fixture
def stranger(client: TestClient) -> TestClient:
    """Of a principal that may do what the one of `client` may."""
    return as_principal(client, Principal("stranger", frozenset(ordinary_scopes().split())))
