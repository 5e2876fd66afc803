"""Tokens that are good, and those of attackers: each is refused, and none learns why."""

import base64
import hmac
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc import jwk, jws

from app.auth import Principal, oidc
from app.auth.oidc import LEEWAY, LONGEST_SUBJECT
from app.settings import Settings
from tests.support.issuer import SmallIssuer, new_key
from tests.support.principals import ordinary_scopes

ITEM = "/v1/test-probe/item/1"
Forge = Callable[[SmallIssuer, dict[str, Any]], str]
GOOD: dict[str, Forge] = {
    "as it is": lambda issuer, claims: issuer.sign(claims),
    "of the other key": lambda issuer, claims: issuer.sign(claims, issuer.keys[1]),
    "of type JWT": lambda issuer, claims: issuer.sign(claims, typ="JWT"),
    "of the long type": lambda issuer, claims: issuer.sign(claims, typ="application/at+jwt"),
    "for several": lambda issuer, claims: issuer.sign({**claims, "aud": ["other", issuer.audience]}),
    "expired just now": lambda issuer, claims: issuer.sign({**claims, "exp": time.time() - LEEWAY + 5}),
    "valid in a moment": lambda issuer, claims: issuer.sign({**claims, "nbf": time.time() + LEEWAY - 5}),
    "of all time": lambda issuer, claims: issuer.sign({**claims, "nbf": None}),
    "with an own header": lambda issuer, claims: issuer.sign(claims, nonce="1"),
    "scopes in a list": lambda issuer, claims: issuer.sign({**claims, "scope": claims["scope"].split()}),
}


def text(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def unsigned(issuer: SmallIssuer, claims: dict[str, Any], algorithm: str) -> str:
    return f"{text({'alg': algorithm, 'kid': issuer.keys[0].kid, 'typ': 'at+jwt'})}.{text(claims)}."


def with_header(issuer: SmallIssuer, claims: dict[str, Any], algorithm: str, **header: Any) -> str:
    """Whatever the header says, which a library would not sign."""
    signed = (
        f"{text({'alg': algorithm, 'kid': issuer.keys[0].kid, 'typ': 'at+jwt', **header})}.{text(claims)}"
    )
    signature = jws.JWSRegistry.algorithms[algorithm].sign(signed.encode(), issuer.keys[0])
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def signed_with_public_key(issuer: SmallIssuer, claims: dict[str, Any]) -> str:
    key: Any = issuer.keys[0]
    signed = f"{text({'alg': 'HS256', 'kid': key.kid, 'typ': 'at+jwt'})}.{text(claims)}"
    signature = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def with_claims_of_an_admin(issuer: SmallIssuer, claims: dict[str, Any]) -> str:
    header, _, signature = issuer.sign(claims).split(".")
    return f"{header}.{text({**claims, 'scope': 'admin'})}.{signature}"


def of_a_stranger(issuer: SmallIssuer, claims: dict[str, Any], **header: Any) -> str:
    """With a key of its own, under the name of a known one."""
    key = new_key("RS256")
    return issuer.sign(claims, key, kid=issuer.keys[0].kid, **header)


def with_its_own_key(issuer: SmallIssuer, claims: dict[str, Any]) -> str:
    key = new_key("RS256")
    return issuer.sign(claims, key, kid=issuer.keys[0].kid, jwk=key.as_dict(private=False))


def of_text(issuer: SmallIssuer, content: str) -> str:
    header = {"alg": "RS256", "kid": issuer.keys[0].kid, "typ": "at+jwt"}
    return jws.serialize_compact(header, content, issuer.keys[0])


BAD: dict[str, Forge] = {
    "no token": lambda issuer, claims: "token",
    "dots": lambda issuer, claims: "..",
    "no JSON": lambda issuer, claims: "e30x.e30.e30",
    "a deep header": lambda issuer, claims: f"{'W1tb' * 1000}.e30.e30",
    "a list as header": lambda issuer, claims: f"{text(['alg', 'kid'])}.e30.e30",
    "a list of claims": lambda issuer, claims: of_text(issuer, "[]"),
    "claims that are no JSON": lambda issuer, claims: of_text(issuer, "{"),
    "deep claims": lambda issuer, claims: of_text(issuer, "[" * 3000),
    "alg none": lambda issuer, claims: unsigned(issuer, claims, "none"),
    "alg None": lambda issuer, claims: unsigned(issuer, claims, "None"),
    "no signature": lambda issuer, claims: unsigned(issuer, claims, "RS256"),
    "HS256 with the public key": signed_with_public_key,
    "an algorithm that is not allowed": lambda issuer, claims: with_header(issuer, claims, "RS512"),
    "an algorithm that is not the key's": lambda issuer, claims: with_header(issuer, claims, "PS256"),
    "tampered claims": with_claims_of_an_admin,
    "the key of a stranger": of_a_stranger,
    "a key that it brings": with_its_own_key,
    "an address of keys": lambda issuer, claims: of_a_stranger(issuer, claims, jku="http://127.0.0.1:1/keys"),
    "an unknown kid": lambda issuer, claims: issuer.sign(claims, kid="unknown"),
    "a kid that is a path": lambda issuer, claims: issuer.sign(claims, kid="../../dev/null"),
    "critical headers": lambda issuer, claims: with_header(issuer, claims, "RS256", crit=["x"], x=1),
    "another issuer": lambda issuer, claims: issuer.sign({**claims, "iss": "https://login.example"}),
    "an issuer with a slash": lambda issuer, claims: issuer.sign({**claims, "iss": f"{issuer.url}/"}),
    "no issuer": lambda issuer, claims: issuer.sign({**claims, "iss": None}),
    "another audience": lambda issuer, claims: issuer.sign({**claims, "aud": "other"}),
    "a longer audience": lambda issuer, claims: issuer.sign({**claims, "aud": f"{issuer.audience}s"}),
    "no audience": lambda issuer, claims: issuer.sign({**claims, "aud": None}),
    "nobody's audience": lambda issuer, claims: issuer.sign({**claims, "aud": []}),
    "the type of an ID token": lambda issuer, claims: issuer.sign(claims, typ="id_token+jwt"),
    "the type of a logout": lambda issuer, claims: issuer.sign(claims, typ="logout+jwt"),
    "no type": lambda issuer, claims: issuer.sign(claims, typ=""),
    "expired": lambda issuer, claims: issuer.sign({**claims, "exp": time.time() - LEEWAY - 1}),
    "of no end": lambda issuer, claims: issuer.sign({**claims, "exp": None}),
    "an end that is a text": lambda issuer, claims: issuer.sign({**claims, "exp": "tomorrow"}),
    "not yet valid": lambda issuer, claims: issuer.sign({**claims, "nbf": time.time() + LEEWAY + 5}),
    "of nobody": lambda issuer, claims: issuer.sign({**claims, "sub": None}),
    "of an empty name": lambda issuer, claims: issuer.sign({**claims, "sub": ""}),
    "of a number": lambda issuer, claims: issuer.sign({**claims, "sub": 1}),
    "of a long name": lambda issuer, claims: issuer.sign({**claims, "sub": "a" * (LONGEST_SUBJECT + 1)}),
    "oversized": lambda issuer, claims: issuer.sign({**claims, "extra": "a" * 8192}),
}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def claims(issuer: SmallIssuer) -> dict[str, Any]:
    return issuer.claims("ada", ordinary_scopes())


@pytest.fixture(params=["PS256", "EdDSA"])
def another_key(request: pytest.FixtureRequest, issuer: SmallIssuer) -> Iterator[jwk.Key]:
    """Which the issuer has from now on."""
    before = issuer.keys
    issuer.keys = [*before, new_key(request.param)]
    yield issuer.keys[-1]
    issuer.keys = before


@pytest.mark.parametrize("forge", GOOD.values(), ids=GOOD)
def test_a_good_token_is_taken(
    client: TestClient, issuer: SmallIssuer, claims: dict[str, Any], forge: Forge
) -> None:
    response = client.get(ITEM, headers=bearer(forge(issuer, claims)))
    assert response.status_code == 200, response.text


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_key_of_another_kind_is_taken(
    another_key: jwk.Key, client: TestClient, issuer: SmallIssuer, claims: dict[str, Any]
) -> None:
    assert client.get(ITEM, headers=bearer(issuer.sign(claims, another_key))).status_code == 200


def without_id(response: httpx2.Response) -> tuple[int, str, list[tuple[str, str]]]:
    request_id = response.headers["X-Request-ID"]
    headers = sorted((name, value) for name, value in response.headers.items() if value != request_id)
    return response.status_code, response.text.replace(request_id, ""), headers


@pytest.mark.parametrize("forge", BAD.values(), ids=BAD)
def test_a_bad_token_is_refused_as_every_other_one(
    client: TestClient, issuer: SmallIssuer, claims: dict[str, Any], forge: Forge
) -> None:
    refused = client.get(ITEM, headers=bearer(forge(issuer, claims)))
    assert refused.status_code == 401
    assert without_id(refused) == without_id(client.get(ITEM, headers={"Authorization": ""}))


def test_no_change_of_a_token_goes_unnoticed(
    client: TestClient, issuer: SmallIssuer, claims: dict[str, Any]
) -> None:
    """But of bits that stand for nothing, at the end of a part."""
    dice = random.Random(0)
    header, payload, signature = issuer.sign(claims).split(".")
    signed = f"{header}.{payload}"
    for _ in range(300):
        place = dice.randrange(len(signed))
        char = dice.choice("ABCabc019-_.~+/")
        changed = signed[:place] + char + signed[place + 1 :]
        status = client.get(ITEM, headers=bearer(f"{changed}.{signature}")).status_code
        assert (status, changed) == (200 if changed == signed else 401, changed)


def test_the_same_subject_of_another_issuer_is_another_principal(
    client: TestClient, issuer: SmallIssuer, claims: dict[str, Any]
) -> None:
    assert client.portal
    authenticate = client.app_state["authenticator"].authenticate
    principal = client.portal.call(authenticate, issuer.sign(claims))
    assert principal.id == f"{issuer.url}|ada"
    assert principal.scopes == {*claims["scope"].split()}


SCOPES = {"reader": {"test-probe:read"}, "clerk": {"test-probe:read", "test-probe:write"}}


def with_roles(self: oidc.Issuer, claims: dict[str, Any]) -> Principal:
    """As docs/authorisation.md shows it."""
    roles = claims.get("realm_access", {}).get("roles", [])
    scopes = frozenset(scope for role in roles for scope in SCOPES.get(role, ()))
    return Principal(f"{self.name}|{claims['sub']}", scopes)


@pytest.mark.parametrize(
    ("access", "reading", "writing"),
    [
        ({"roles": ["reader", "other"]}, 200, 403),
        ({"roles": ["clerk"]}, 200, 200),
        ({}, 403, 403),
        ("clerk", 401, 401),
    ],
)
def test_roles_become_scopes_in_one_function(
    client: TestClient,
    issuer: SmallIssuer,
    monkeypatch: pytest.MonkeyPatch,
    access: Any,
    reading: int,
    writing: int,
) -> None:
    monkeypatch.setattr(oidc.Issuer, "_principal", with_roles)
    headers = {"Authorization": f"Bearer {issuer.token('ada', 'admin', realm_access=access)}"}
    assert client.get(ITEM, headers=headers).status_code == reading
    assert client.post("/v1/test-probe/body", json=[1], headers=headers).status_code == writing


def test_the_document_says_where_tokens_are_from(client: TestClient, settings: Settings) -> None:
    schemes = client.get("/openapi.json").json()["components"]["securitySchemes"].values()
    address = f"{settings.oidc_issuer}/.well-known/openid-configuration"
    assert {"type": "openIdConnect", "openIdConnectUrl": address} in schemes
