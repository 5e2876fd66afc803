"""What is measured of this service: each class stands for the one of a part, and measures its work."""

__all__ = [
    # % if cookiecutter.model_serving == "onnx"
    "ObservedBatcher",
    # % endif
    # % if cookiecutter.database != "none"
    "ObservedPool",
    # % endif
    # % if cookiecutter.tasks != "none"
    "ObservedTaskRegistry",
    "count_queued_tasks",
    # % endif
    "install_metrics",
    "install_middleware",
]

# % if cookiecutter.database != "none"
from .database import MeasuredPool as ObservedPool
# % endif
from .metrics import install_metrics, install_middleware
# % if cookiecutter.model_serving == "onnx"
from .predictions import MeasuredBatcher as ObservedBatcher
# % endif
# % if cookiecutter.tasks != "none"
from .tasks import MeasuredTaskRegistry as ObservedTaskRegistry
from .tasks import count_queued_tasks
# % endif
