"""Widgets: what the rest of the service may use of this domain."""

from . import tasks
from .router import router

__all__ = ["router", "tasks"]
