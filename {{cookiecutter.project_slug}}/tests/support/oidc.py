"""What tests need to know of the provider: a small one, and the credentials of whom it knows."""

from collections.abc import Iterator

import pytest

from app.settings import Settings
from .issuer import SmallIssuer
from .signed_in import ordinary_scopes


@pytest.fixture(scope="session")
def issuer() -> Iterator[SmallIssuer]:
    issuer = SmallIssuer(Settings.model_fields["oidc_audience"].default)
    yield issuer
    issuer.close()


@pytest.fixture
def credentials(issuer: SmallIssuer) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(scope=ordinary_scopes())}"}
