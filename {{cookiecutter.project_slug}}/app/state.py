"""What the lifespan opens, and requests and tasks then use."""

from typing import TypedDict

from .database import Database
from .health import Readiness
from .settings import Settings
from .tasks import TaskEngine

# % if cookiecutter.model_serving == "onnx"
from app.predictions import Model

# % endif
__all__ = ["State"]


class State(TypedDict, total=False):
    settings: Settings
    database: Database
    # % if cookiecutter.model_serving == "onnx"
    model: Model
    # % endif
    tasks: TaskEngine
    readiness: Readiness
