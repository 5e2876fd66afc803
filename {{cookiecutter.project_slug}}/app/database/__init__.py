"""The database of this service: what the other parts use of it, whichever it is."""

# % if cookiecutter.database == "none"
from .memory import (
    Database,
    Entity,
    EntityRepository,
    Session,
    SessionDep,
    after_commit,
    open_database,
    roll_back,
    unique,
)

# % elif cookiecutter.database == "postgresql"
from .postgresql import open_database
from .sql import Base, Database, Entity, Session, SessionDep, UTCDateTime, after_commit, roll_back
from .sql_repository import EntityRepository

# % else
from .sql import Base, Database, Entity, Session, SessionDep, UTCDateTime, after_commit, roll_back
from .sql_repository import EntityRepository
from .sqlite import open_database

# % endif
__all__ = [
    # % if cookiecutter.database != "none"
    "Base",
    # % endif
    "Database",
    "Entity",
    "EntityRepository",
    "Session",
    "SessionDep",
    # % if cookiecutter.database != "none"
    "UTCDateTime",
    # % endif
    "after_commit",
    "open_database",
    "roll_back",
    # % if cookiecutter.database == "none"
    "unique",
    # % endif
]
