"""Run in a service with accounts: adds one with this name and role, and prints the token of its session."""

import sys

from app.settings import read_settings  # ty: ignore[import-not-found]
from tests.support.accounts import person  # ty: ignore[import-not-found]

_, name, role = sys.argv
print(person(read_settings(), f"{name}@example.com", is_admin=role == "admin").token)
