"""What the lifespan opens, and requests and tasks then use."""

from typing import TypedDict

# % if cookiecutter.auth == "accounts"
from app.accounts import Accounts
# % endif
# % if cookiecutter.auth != "none"
from app.auth.guards import Authenticator
# % endif
# % if cookiecutter.model_serving == "onnx"
from app.predictions import Model
# % endif
# % if cookiecutter.tasks != "none"
from app.tasks import TaskBackend, TaskRegistry
# % endif
from .database import Database
from .health import Readiness
from .idempotency import IdempotencyStore
from .rate_limits import RateLimits
from .settings import Settings


class State(TypedDict, total=False):
    settings: Settings
    database: Database
    rate_limits: RateLimits
    # % if cookiecutter.auth != "none"
    authenticator: Authenticator
    # % endif
    # % if cookiecutter.auth == "accounts"
    accounts: Accounts
    # % endif
    idempotency: IdempotencyStore
    # % if cookiecutter.model_serving == "onnx"
    model: Model
    # % endif
    # % if cookiecutter.tasks != "none"
    task_registry: TaskRegistry
    tasks: TaskBackend
    # % endif
    readiness: Readiness
