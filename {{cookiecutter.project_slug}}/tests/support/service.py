"""The service with the probe, for processes of their own: `uvicorn tests.support.service:app`."""

from app.domains import DOMAINS
from . import probe

DOMAINS.append(probe)

# After the line above: what is created at import then has the probe.
from app.main import app  # noqa: E402

__all__ = ["app"]
