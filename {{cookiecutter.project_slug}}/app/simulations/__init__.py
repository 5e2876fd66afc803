"""A slow job to try background tasks with, and the same job while the client waits. For the first day."""

from . import tasks
from .router import router

__all__ = ["router", "tasks"]
