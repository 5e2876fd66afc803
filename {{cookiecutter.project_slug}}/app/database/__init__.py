"""The database of this service: what the other parts use of it, whichever it is."""

# % if cookiecutter.database == "none"
from .memory import Database, Entity, EntityRepository, Session, SessionDep, after_commit, open_database

# % elif cookiecutter.database == "postgresql"
from .postgresql import open_database
from .sql import Database, Entity, Session, SessionDep, after_commit
from .sql_repository import EntityRepository

# % else
from .sql import Database, Entity, Session, SessionDep, after_commit
from .sql_repository import EntityRepository
from .sqlite import open_database

# % endif
__all__ = ["Database", "Entity", "EntityRepository", "Session", "SessionDep", "after_commit", "open_database"]
