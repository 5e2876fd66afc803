"""Books: what the rest of the service may use of this domain."""

from . import tasks as tasks
from .repository import prices as prices
from .router import router as router
