"""What tests need to know of the provider: a small one, and the credentials of whom it knows."""

from collections.abc import Iterator

import pytest

from app.settings import Settings
from .issuer import SmallIssuer
from .principals import CredentialsOf, ordinary_scopes


@pytest.fixture(scope="session")
def issuer() -> Iterator[SmallIssuer]:
    issuer = SmallIssuer(Settings.model_fields["oidc_audience"].default)
    yield issuer
    issuer.close()


@pytest.fixture
def credentials_of(issuer: SmallIssuer) -> CredentialsOf:
    def credentials_of(name: str, scopes: str | None = None) -> dict[str, str]:
        scopes = ordinary_scopes() if scopes is None else scopes
        return {"Authorization": f"Bearer {issuer.token(name, scopes)}"}

    return credentials_of
