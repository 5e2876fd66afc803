"""What the lifespan opens, and requests and tasks then use."""

from typing import TypedDict

from .database import Database
from .health import Readiness
from .settings import Settings
from .tasks import TaskEngine


class State(TypedDict, total=False):
    settings: Settings
    database: Database
    tasks: TaskEngine
    readiness: Readiness
