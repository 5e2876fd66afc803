"""A domain for tests, with the shape of every other one: endpoints and tasks that do what a test needs."""

# % if cookiecutter.tasks != "none"
from . import submissions as submissions
from . import tasks as tasks
# % endif
from .router import router as router
