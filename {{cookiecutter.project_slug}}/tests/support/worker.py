"""The worker with the probe, for processes of its own: `python -m tests.support.worker`."""

from app.domains import DOMAINS
from app.worker import main
from . import probe

DOMAINS.append(probe)
main()
