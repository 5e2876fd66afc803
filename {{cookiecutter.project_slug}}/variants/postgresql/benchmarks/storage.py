"""Where the rows of a benchmark are: in a PostgreSQL of its own, which is gone afterwards."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.databases import REMEDY, execute, find_programs, throw_away_server

# What the environment of an application in a folder says of its storage.
Address = Callable[[Path], dict[str, str]]


@contextmanager
def open_storage() -> Generator[Address]:
    programs = find_programs()
    if not programs:
        sys.exit(f"There is no PostgreSQL to measure with. {REMEDY}")
    with throw_away_server(programs) as server:

        def address(folder: Path) -> dict[str, str]:
            execute(server.set(database="postgres"), f'CREATE DATABASE "{folder.name}"')
            return {"DATABASE_URL": server.set(database=folder.name).render_as_string(hide_password=False)}

        yield address
