"""Background tasks: a request submits them and ends; `GET /tasks/{id}` tells what became of them."""

from .engine import TaskEngine, open_tasks
from .outbox import TasksDep
from .router import router
from .schemas import TaskRecord

__all__ = ["TaskEngine", "TaskRecord", "TasksDep", "open_tasks", "router"]
