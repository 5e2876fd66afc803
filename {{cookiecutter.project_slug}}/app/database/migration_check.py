"""Whether the database has every migration that this code needs."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

VERSIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"
REVISION = re.compile(r"^(down_)?revision\b[^=\n]*= (.+)$", re.MULTILINE)
NAME = re.compile(r"""["'](.+?)["']""")


class PendingMigrationsError(Exception):
    def __init__(self) -> None:
        super().__init__("The database that DATABASE_URL names lacks a migration. Run: make migrate")


@cache
def known_revisions() -> tuple[set[str], set[str]]:
    """All revisions in the folder, and those that no other one follows."""
    lines = [line for path in VERSIONS.glob("*.py") for line in REVISION.findall(path.read_text("utf-8"))]
    revisions = {name for down, names in lines if not down for name in NAME.findall(names)}
    return revisions, revisions - {name for down, names in lines if down for name in NAME.findall(names)}


def current_revisions(connection: Connection) -> set[str]:
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def check_migrations(connection: Connection) -> None:
    revisions, heads = known_revisions()
    current = current_revisions(connection)
    # A revision that this code does not know is newer: another release has migrated already.
    if heads - current and current <= revisions:
        raise PendingMigrationsError
