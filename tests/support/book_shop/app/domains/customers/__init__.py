"""Customers: what the rest of the service may use of this domain."""

from . import tasks as tasks
from .repository import email_of as email_of
from .router import router as router
