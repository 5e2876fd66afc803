"""The programs of servers on this machine."""

import shutil
from pathlib import Path

import pytest


def find_program(name: str) -> Path:
    """A program of PostgreSQL or Redis; Debian keeps the former off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (debian[-1] if debian else None)
    if not found:
        pytest.fail(f"There is no {name} to test with: `make test` installs it on Debian as root.")
    return Path(found)
