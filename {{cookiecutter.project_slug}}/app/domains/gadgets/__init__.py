"""Gadgets: what the rest of the service may use of this domain."""

# % if cookiecutter.tasks != "none"
from . import tasks as tasks
# % endif
from .router import router as router
