"""Background tasks: a request submits them and ends; `GET /tasks/{id}` says how far they have come."""

from .backend import TaskBackend
# % if cookiecutter.tasks == "redis" and cookiecutter.database == "none"
from .docket_redis import open_tasks
# % endif
# % if cookiecutter.tasks == "redis" and cookiecutter.database != "none"
from .docket_sql import open_tasks
# % endif
# % if cookiecutter.tasks == "in-process" and cookiecutter.database == "none"
from .in_memory import open_tasks
# % endif
# % if cookiecutter.tasks == "in-process" and cookiecutter.database != "none"
from .in_process import open_tasks
# % endif
from .outbox import TasksDep, submitting
# % if cookiecutter.tasks == "postgresql"
from .procrastinate import open_tasks
# % endif
from .registry import RetryPolicy, TaskRegistry
from .router import router
# % if false
# In the template, where all of them are imported, its tests run with this one.
from .in_process import open_tasks
# % endif
from .schemas import TaskRecord

__all__ = [
    "RetryPolicy",
    "TaskBackend",
    "TaskRecord",
    "TaskRegistry",
    "TasksDep",
    "open_tasks",
    "router",
    "submitting",
]
