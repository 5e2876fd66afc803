"""What is measured of this service: each class stands for the one of a part, and measures its work."""

__all__ = [
    # % if cookiecutter.telemetry == "full"
    "SILENT",
    "TRACING",
    # % endif
    # % if cookiecutter.model_serving == "onnx"
    "ObservedBatcher",
    # % endif
    # % if cookiecutter.database != "none"
    "ObservedPool",
    # % endif
    # % if cookiecutter.tasks != "none"
    "ObservedTaskRegistry",
    # % endif
    # % if cookiecutter.telemetry == "full"
    "add_trace",
    # % endif
    # % if cookiecutter.tasks != "none"
    "count_queued_tasks",
    # % endif
    "install_metrics",
    "install_middleware",
    # % if cookiecutter.telemetry == "full"
    "open_tracing",
    # % endif
    # % if cookiecutter.telemetry == "full" and cookiecutter.database != "none"
    "trace_statements",
    # % endif
]

# % if cookiecutter.database != "none"
from .database import MeasuredPool as ObservedPool
# % endif
# % if cookiecutter.telemetry == "metrics"
from .metrics import install_metrics, install_middleware
# % endif
# % if cookiecutter.telemetry == "full"
from .metrics import install_metrics
# % endif
# % if cookiecutter.model_serving == "onnx" and cookiecutter.telemetry == "metrics"
from .predictions import MeasuredBatcher as ObservedBatcher
# % endif
# % if cookiecutter.tasks != "none" and cookiecutter.telemetry == "metrics"
from .tasks import MeasuredTaskRegistry as ObservedTaskRegistry
# % endif
# % if cookiecutter.tasks != "none"
from .tasks import count_queued_tasks
# % endif
# % if cookiecutter.model_serving == "onnx" and cookiecutter.telemetry == "full"
from .traced.predictions import TracedBatcher as ObservedBatcher
# % endif
# % if cookiecutter.database != "none" and cookiecutter.telemetry == "full"
from .traced.statements import trace_statements
# % endif
# % if cookiecutter.tasks != "none" and cookiecutter.telemetry == "full"
from .traced.tasks import TracedTaskRegistry as ObservedTaskRegistry
# % endif
# % if cookiecutter.telemetry == "full"
from .tracing import SILENT, TRACING, add_trace, install_middleware, open_tracing
# % endif
