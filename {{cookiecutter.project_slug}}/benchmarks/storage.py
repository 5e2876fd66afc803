"""Where the rows of a benchmark are: in the folder of each application, which is gone afterwards."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

# What the environment of an application in a folder says of its storage.
Address = Callable[[Path], dict[str, str]]


@contextmanager
def open_storage() -> Generator[Address]:
    yield lambda folder: {"DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'rows.db'}"}
