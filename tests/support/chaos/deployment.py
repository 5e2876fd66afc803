"""A fleet with the servers that it needs, on a migrated database."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..options import Answers
from ..programs import NOTHING
from .fleet import Fleet, fleet_of
from .outages import Outage, of_postgresql, of_redis, of_sqlite


@dataclass
class Deployment:
    fleet: Fleet
    outages: dict[str, Outage]
    database: str
    """Its address; empty where there is none."""


def migrate(root: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(command, cwd=root, env={**os.environ, **environment}, check=True)


@contextmanager
def deployed(
    root: Path,
    answers: Answers,
    folder: Path,
    settings: Mapping[str, str] = NOTHING,
    module: str | None = None,
) -> Generator[Deployment]:
    """The service at `root` is rendered with these answers; `folder` is empty.

    A module of this folder is served in place of the probe.
    """
    if module:
        shutil.copy(Path(__file__).with_name(f"{module}.py"), root)
    outages: dict[str, Outage] = {}
    environment = {"TASKS": answers["tasks"], **settings}
    with ExitStack() as stack:
        if answers["tasks"] == "redis":
            outages |= of_redis(stack, environment)
        if answers["database"] == "postgresql":
            outages |= of_postgresql(stack, environment)
        if answers["database"] == "sqlite":
            outages |= of_sqlite(folder / "test.db", environment)
        if answers["database"] != "none":
            migrate(root, environment)
        has_workers = answers["tasks"] != "in-process"
        fleet = stack.enter_context(fleet_of(root, environment, has_workers, module))
        yield Deployment(fleet, outages, environment.get("DATABASE_URL", ""))
