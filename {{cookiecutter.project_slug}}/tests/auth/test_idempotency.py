"""An idempotency key belongs to the principal that sends it."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.auth import PrincipalDep
from app.routing import PrefixRouter
from tests.support.principals import CredentialsOf

KEY = {"Idempotency-Key": "the-first"}
SCOPES = "shelves:write"


@pytest.fixture
def calls(app: FastAPI) -> list[str]:
    calls: list[str] = []
    router = PrefixRouter(prefix="/shelves")

    @router.post("", status_code=201)
    async def create(principal: PrincipalDep) -> str:
        calls.append(principal.id)
        return f"the secret of {principal.id}"

    opened = PrefixRouter(prefix="/open", dependencies=[])

    @opened.post("")
    async def count() -> int:
        calls.append("")
        return len(calls)

    app.router.dependencies.clear()
    app.include_router(router)
    app.include_router(opened)
    return calls


def test_the_same_key_of_another_principal_is_another_request(
    client: TestClient, calls: list[str], credentials_of: CredentialsOf
) -> None:
    texts = []
    for name in ("ada", "eve", "ada", "eve"):
        response = client.post("/shelves", headers=KEY | credentials_of(name, SCOPES))
        assert response.status_code == 201
        texts.append(response.json())
    ada, eve = calls
    assert texts == [f"the secret of {each}" for each in (ada, eve, ada, eve)]


def test_a_response_is_not_replayed_without_credentials(
    client: TestClient, calls: list[str], credentials_of: CredentialsOf
) -> None:
    good = credentials_of("ada", SCOPES)
    assert client.post("/shelves", headers=KEY | good).status_code == 201
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer no"}):
        assert client.post("/shelves", headers=KEY | headers).status_code == 401
    assert client.post("/shelves", headers=KEY | credentials_of("ada", "shelves:read")).status_code == 403
    assert len(calls) == 1


def test_a_key_is_known_again_with_another_token(
    client: TestClient, calls: list[str], credentials_of: CredentialsOf
) -> None:
    first, second = (credentials_of("ada", scopes) for scopes in (f"{SCOPES} x:y", f"x:y {SCOPES}"))
    assert first != second
    responses = [client.post("/shelves", headers=KEY | headers) for headers in (first, second)]
    assert responses[0].text == responses[1].text
    assert len(calls) == 1


def test_what_is_open_to_everybody_is_replayed_to_everybody(client: TestClient, calls: list[str]) -> None:
    for _ in range(2):
        assert client.post("/open", headers=KEY | {"Authorization": ""}).json() == 1
    assert client.post("/open", headers=KEY | {"Authorization": "Bearer other"}).json() == 2
    assert client.post("/open", headers=KEY).json() == 3
