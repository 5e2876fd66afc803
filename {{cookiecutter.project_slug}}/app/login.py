"""The API page at /docs logs in at the issuer of tokens."""

from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI

from app.auth.guards import SCHEME
from app.auth.oidc import Issuer, address_of
from .settings import Settings


def install_login(app: FastAPI, settings: Settings) -> None:
    """By PKCE: as a client that has no secret."""
    app.swagger_ui_init_oauth = {
        "clientId": settings.oidc_client_id or "",
        "usePkceWithAuthorizationCodeGrant": True,
        "scopes": "openid",
    }
    describe = app.openapi

    def describe_login() -> dict[str, Any]:
        document = describe()
        schemes = document["components"].setdefault("securitySchemes", {})
        schemes[SCHEME] = {"type": "openIdConnect", "openIdConnectUrl": address_of(settings.oidc_issuer)}
        return document

    app.openapi = describe_login  # type: ignore[method-assign]


def origins_of_login(issuer: Issuer) -> set[str]:
    """Which the page calls: its description, and the endpoint of tokens, which may be elsewhere."""
    urls = [urlsplit(url) for url in (issuer.name, issuer.token_endpoint)]
    return {f"{url.scheme}://{url.netloc}" for url in urls}
