"""Runs the migrations on a database for tests."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

ALEMBIC = Config(toml_file=Path(__file__).parent.parent.parent / "pyproject.toml")


def migrate(url: str, revision: str = "head") -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", url)
        command.upgrade(ALEMBIC, revision)
