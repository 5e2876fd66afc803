"""A domain for tests, with the shape of every other one: tasks that do what a test needs."""

from . import tasks
from .router import router

__all__ = ["router", "tasks"]
