"""Background tasks: a request submits them and ends; `GET /tasks/{id}` tells what became of them."""

from .engine import TaskEngine, open_tasks
from .models import TaskRecord, TaskState
from .outbox import TasksDep
from .router import router

__all__ = ["TaskEngine", "TaskRecord", "TaskState", "TasksDep", "open_tasks", "router"]
