"""Orders: what the rest of the service may use of this domain."""

from . import tasks as tasks
from .router import router as router
