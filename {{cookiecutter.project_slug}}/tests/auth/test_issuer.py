"""The keys of the provider: when they are read, and what happens while it is away."""

import asyncio
import base64
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError
from structlog.testing import capture_logs

from app.auth import oidc
from app.factory import create_app
from app.settings import Settings, read_settings
from tests.support.issuer import SmallIssuer, new_key
from tests.support.principals import ordinary_scopes
from tests.support.processes import free_port, until

ITEM = "/v1/test-probe/item/1"


@pytest.fixture
def may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys may be read again at once."""
    monkeypatch.setattr(oidc, "REFRESH_AT_MOST_EVERY", 0.0)


@pytest.fixture
def rotate(issuer: SmallIssuer) -> Iterator[Callable[[], None]]:
    """Take the keys away, and bring other ones."""
    before = issuer.keys

    def rotate() -> None:
        issuer.keys = [new_key("ES256")]

    yield rotate
    issuer.keys = before


def bearer(issuer: SmallIssuer) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token('ada', ordinary_scopes())}"}


def readiness(client: TestClient) -> str:
    checks: dict[str, str] = client.get("/health/ready").json()["checks"]
    return checks["issuer"]


def subject_and_scopes(token: str) -> tuple[str, str]:
    text = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return claims["sub"], claims["scope"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ("ada", "admin")),
        (["", ""], ("ada", "admin")),
        (["eve", "a:read b:write"], ("eve", "a:read b:write")),
    ],
)
def test_the_small_issuer_logs_in_whom_it_is_told(arguments: list[str], expected: tuple[str, str]) -> None:
    port = free_port()
    code = f"from tests.support.issuer import main; main({port})"
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout
            assert run.stdout.readline() == f"OIDC_ISSUER=http://127.0.0.1:{port}\n"
            assert subject_and_scopes(run.stdout.readline().removeprefix("TOKEN=")) == expected
        finally:
            run.kill()


def test_the_small_issuer_gives_tokens_of_others(client: TestClient, issuer: SmallIssuer) -> None:
    asked = httpx2.get(f"{issuer.url}/token", params={"name": "bob", "scopes": ordinary_scopes()})
    token = asked.json()["access_token"]
    assert subject_and_scopes(token) == ("bob", ordinary_scopes())
    assert client.get(ITEM, headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.usefixtures("may_read")
def test_a_new_key_is_known_at_its_first_token_and_an_old_one_is_not_any_more(
    client: TestClient, issuer: SmallIssuer, rotate: Callable[[], None]
) -> None:
    old = bearer(issuer)
    assert client.get(ITEM, headers=old).status_code == 200
    rotate()
    assert client.get(ITEM, headers=bearer(issuer)).status_code == 200
    assert client.get(ITEM, headers=old).status_code == 401


def test_unknown_keys_are_looked_for_once_in_a_while(
    client: TestClient, issuer: SmallIssuer, rotate: Callable[[], None]
) -> None:
    assert client.get(ITEM, headers=bearer(issuer)).status_code == 200
    read = issuer.reads
    rotate()
    for _ in range(20):
        assert client.get(ITEM, headers=bearer(issuer)).status_code == 401
    assert issuer.reads == read


@pytest.mark.usefixtures("may_read")
def test_keys_are_read_by_a_timer(
    client: TestClient, issuer: SmallIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "REFRESH_EVERY", 0.01)
    with TestClient(client.app):
        read = issuer.reads
        until(lambda: issuer.reads > read + 3)


@pytest.fixture
def served(app: FastAPI) -> Callable[[Settings], FastAPI]:
    """As `app`, with other settings."""
    return create_app


@pytest.fixture
def away(settings: Settings) -> Settings:
    """Its provider does not run yet."""
    return settings.model_copy(update={"oidc_issuer": f"http://127.0.0.1:{free_port()}"})


@pytest.mark.usefixtures("may_read")
def test_a_service_starts_without_its_issuer_and_goes_on_without_it(
    away: Settings, served: Callable[[Settings], FastAPI]
) -> None:
    with TestClient(served(away)) as client:
        assert readiness(client) == "ConnectError"
        issuer = SmallIssuer(away.oidc_audience, int(away.oidc_issuer.rpartition(":")[2]))
        try:
            until(lambda: readiness(client) == "ok")
        finally:
            issuer.close()
        # The keys that are known are enough.
        assert client.get(ITEM, headers=bearer(issuer)).status_code == 200
        unknown = issuer.sign(issuer.claims(), new_key("ES256"))
        assert client.get(ITEM, headers={"Authorization": f"Bearer {unknown}"}).status_code == 401
        assert readiness(client) == "ok"


def test_without_any_key_no_token_is_called_wrong(
    away: Settings, served: Callable[[Settings], FastAPI]
) -> None:
    with TestClient(served(away)) as client:
        response = client.get(ITEM)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


async def test_an_issuer_that_does_not_answer_holds_nothing_up(
    settings: Settings, issuer: SmallIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with oidc.open_issuer(settings.model_copy(update={"oidc_issuer": url})) as found:
            token = asyncio.create_task(found.authenticate(issuer.token()))
            await asyncio.sleep(0)
            assert not token.done()
            with pytest.raises(TimeoutError):
                await found.check()
            with pytest.raises(oidc.UnavailableError):
                await token


async def test_a_service_is_ready_when_its_first_look_for_keys_has_ended(
    settings: Settings, issuer: SmallIssuer
) -> None:
    async with oidc.open_issuer(settings.model_copy(update={"oidc_issuer": issuer.url})) as found:
        read = issuer.reads
        await found.check()
        await found.check()
        assert issuer.reads == read + 1


def described(**about: Any) -> Callable[[httpx2.Request], httpx2.Response]:
    def respond(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/.well-known/openid-configuration":
            url = str(request.url.join("/"))[:-1]
            return httpx2.Response(200, json={"issuer": url, "jwks_uri": f"{url}/keys", **about})
        return httpx2.Response(200, json={"keys": about["keys"]})

    return respond


SECRET = {"kty": "oct", "k": "c2VjcmV0", "kid": "1"}
OTHER = {"kty": "RSA", "use": "enc", "kid": "1", "n": "AQAB", "e": "AQAB"}
ODD = {"kty": "EC", "crv": "P-0", "kid": "1", "x": "AQAB", "y": "AQAB"}


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"issuer": "https://other.example"}, "it calls itself https://other.example"),
        ({"jwks_uri": "http://login.example/keys"}, "not where it is itself"),
        ({"jwks_uri": None}, "not where it is itself"),
        ({"keys": []}, "None of its keys"),
        ({"keys": [SECRET, OTHER, ODD]}, "None of its keys"),
    ],
)
async def test_what_cannot_be_right_is_not_used(
    settings: Settings, about: dict[str, Any], message: str
) -> None:
    transport = httpx2.MockTransport(described(**about))
    async with httpx2.AsyncClient(transport=transport) as client:
        settings = settings.model_copy(update={"oidc_issuer": "https://login.example"})
        issuer = oidc.Issuer(settings, client)
        with capture_logs() as lines:
            await issuer.refresh()
        assert [(line["event"], message in line["error"], "exc_info" in line) for line in lines] == [
            ("issuer_unavailable", True, False)
        ]
        with pytest.raises(ValueError, match=message):
            await issuer.check()


@pytest.mark.parametrize(
    "value", ["login.example", "ftp://login.example", "https://", "https://a.example?b", "http://a.example"]
)
def test_a_setting_that_is_no_issuer_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="It has to be"):
        Settings(_env_file=None, oidc_issuer=value)


def test_a_service_without_one_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OIDC_ISSUER")
    with pytest.raises(SystemExit, match=r"OIDC_ISSUER: It has no default\..* such as https://login.example"):
        read_settings()


@pytest.mark.parametrize("value", ["https://a.example/realms/b", "http://localhost:9000", "http://[::1]:1/"])
def test_an_issuer_is_taken_as_it_is(value: str) -> None:
    assert Settings(_env_file=None, oidc_issuer=value).oidc_issuer == value


def test_in_development_an_issuer_may_be_near() -> None:
    url = "http://keycloak:8080/realms/dev"
    assert Settings(_env_file=None, environment="development", oidc_issuer=url).oidc_issuer == url


def test_the_api_page_may_call_the_provider_wherever_its_tokens_are(
    app: FastAPI, issuer: SmallIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {**issuer.described(), "token_endpoint": "https://tokens.example/oauth/token"}
    monkeypatch.setattr(issuer, "described", lambda: elsewhere)
    with TestClient(app) as client:
        until(lambda: readiness(client) == "ok")
        policy = client.get("/docs").headers["Content-Security-Policy"]
    [allowed] = [each.split() for each in policy.split("; ") if each.startswith("connect-src")]
    assert {*allowed} == {"connect-src", "'self'", issuer.url, "https://tokens.example"}
