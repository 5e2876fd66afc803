"""Accounts: how people sign in here, with a password, and programs, with a key."""

from . import tasks
from .router import ROUTERS
from .state import Accounts, open_accounts

__all__ = ["ROUTERS", "Accounts", "open_accounts", "tasks"]
