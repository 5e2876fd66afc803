"""Tokens of an OpenID Connect provider, checked by its public keys, which are read ahead."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog
from joserfc import jwk, jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from app.errors import UnauthorizedError, UnavailableError
from app.settings import Settings
from .guards import REFUSED
from .principal import Principal

logger = structlog.get_logger()
ALGORITHMS = {"RS256", "ES256", "PS256", "EdDSA"}
# What providers call an access token. An ID token is refused by its audience.
TYPES = {"at+jwt", "application/at+jwt", "jwt"}
# Seconds by which clocks may differ.
LEEWAY = 30
# Seconds until the keys are read again: by the timer, and for a token that names an unknown one.
REFRESH_EVERY = 300.0
REFRESH_AT_MOST_EVERY = 10.0
TIMEOUT = 5.0
LONGEST_SUBJECT = 255
# Headers that nobody knows are ignored, as RFC 7515 says, but for those that are critical.
REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
REGISTRY.max_header_length = 4096


class Issuer:
    """The provider, and what is known of its keys: the last ones that it has shown."""

    def __init__(self, settings: Settings, client: httpx2.AsyncClient) -> None:
        self.name = self.token_endpoint = settings.oidc_issuer
        self._client, self._lock, self._scopes_claim = client, asyncio.Lock(), settings.oidc_scopes_claim
        self._keys, self._read_at = jwk.KeySet([]), float("-inf")
        self._error: Exception = LookupError("Its keys have not been read yet.")
        there, issuer = jwt.ClaimsOption(essential=True), jwt.ClaimsOption(essential=True, value=self.name)
        audience = jwt.ClaimsOption(essential=True, value=settings.oidc_audience)
        self._claims = jwt.JWTClaimsRegistry(leeway=LEEWAY, iss=issuer, aud=audience, exp=there, sub=there)

    async def check(self) -> None:
        if not self._keys:
            # They may be on their way, as when the service has just started.
            await self.refresh()
        if not self._keys:
            raise self._error

    async def authenticate(self, token: str) -> Principal:
        try:
            return await self._read(token)
        except (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            logger.debug("token_refused", error=type(error).__name__, reason=str(error))
            raise UnauthorizedError(REFUSED) from None

    async def _read(self, token: str) -> Principal:
        try:
            found = jwt.decode(token, self._keys, registry=REGISTRY)
        except InvalidKeyIdError:
            await self.refresh()
            if not self._keys:
                raise UnavailableError("Tokens cannot be checked now. Try again later.") from None
            found = jwt.decode(token, self._keys, registry=REGISTRY)
        if str(found.header.get("typ")).lower() not in TYPES:
            raise ValueError("typ")
        claims = found.claims
        self._claims.validate(claims)
        if len(claims["sub"]) > LONGEST_SUBJECT:
            raise ValueError("sub")
        return self._principal(claims)

    def _principal(self, claims: dict[str, Any]) -> Principal:
        """Of a token that is good. Change this for other IDs, or where roles stand for scopes."""
        scopes = claims.get(self._scopes_claim) or []
        names = scopes.split() if isinstance(scopes, str) else scopes
        return Principal(f"{self.name}|{claims['sub']}", frozenset(map(str, names)))

    async def refresh(self) -> None:
        """Once for all requests that wait for it. When it fails, the keys stay as they are."""
        async with self._lock:
            if time.monotonic() - self._read_at < REFRESH_AT_MOST_EVERY:
                return
            try:
                async with asyncio.timeout(TIMEOUT):
                    self._keys = await self._read_keys()
            except Exception as error:
                self._error = error
                logger.warning("issuer_unavailable", issuer=self.name, error=repr(error))
            self._read_at = time.monotonic()

    async def _read_keys(self) -> jwk.KeySet:
        about = (await self._client.get(address_of(self.name))).raise_for_status().json()
        if about.get("issuer") != self.name:
            raise ValueError(f"OIDC_ISSUER is {self.name}, and it calls itself {about.get('issuer')}.")
        url = str(about.get("jwks_uri"))
        if urlsplit(url).scheme != urlsplit(self.name).scheme:
            raise ValueError(f"Its keys are at {url}, which is not where it is itself.")
        keys: list[jwk.Key] = []
        for key in (await self._client.get(url)).raise_for_status().json()["keys"]:
            # Others are secret, for something else, or of a kind that is not known here.
            if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig":
                with suppress(JoseError, ValueError, TypeError, KeyError):
                    keys.append(jwk.import_key(key))
        if not keys:
            raise ValueError(f"None of its keys is for {', '.join(sorted(ALGORITHMS))}.")
        self.token_endpoint = str(about.get("token_endpoint", self.name))
        return jwk.KeySet(keys)

    async def keep_fresh(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(REFRESH_EVERY if self._keys else REFRESH_AT_MOST_EVERY)


def address_of(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


@asynccontextmanager
async def open_issuer(settings: Settings) -> AsyncGenerator[Issuer]:
    async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
        issuer = Issuer(settings, client)
        timer = asyncio.create_task(issuer.keep_fresh())
        try:
            yield issuer
        finally:
            timer.cancel()
            await asyncio.wait([timer])
