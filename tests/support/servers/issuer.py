"""An OpenID Connect provider of our own: the small one that services bring for their tests."""

import runpy
from typing import Any

from ..paths import RAW

AUDIENCE = "tests"


class Issuer:
    """It runs for as long as a `with` block takes."""

    def __enter__(self) -> "Issuer":
        small: Any = runpy.run_path(str(RAW / "tests" / "support" / "issuer.py"))
        self.running = small["SmallIssuer"](AUDIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()

    @property
    def address(self) -> str:
        url: str = self.running.url
        return url

    def settings(self) -> dict[str, str]:
        """With the token of an administrator, which clients of the service send."""
        return {"OIDC_ISSUER": self.address, "OIDC_AUDIENCE": AUDIENCE, "TOKEN": self.running.token()}

    def surroundings(self) -> dict[str, str]:
        return self.settings()
