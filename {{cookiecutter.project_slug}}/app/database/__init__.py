"""The database of this service: what the other parts use of it, whichever it is."""

# % if cookiecutter.database == "none" and cookiecutter.auth == "none"
from .memory import Database, Entity, EntityRepository, Session, SessionDep, after_commit, open_database

# % elif cookiecutter.database == "none"
from .memory import Database, Entity, Session, SessionDep, after_commit, open_database
from .ownership_memory import EntityRepository, OwnedEntity

# % elif cookiecutter.database == "postgresql"
# % if cookiecutter.auth == "none"
from .postgresql import open_database
from .sql import Database, Entity, Session, SessionDep, after_commit
from .sql_repository import EntityRepository

# % else
from .ownership_sql import OwnedEntity
from .postgresql import open_database
from .sql import Database, Entity, Session, SessionDep, after_commit
from .sql_repository import EntityRepository

# % endif
# % else
# % if cookiecutter.auth == "none"
from .sql import Database, Entity, Session, SessionDep, after_commit
from .sql_repository import EntityRepository
from .sqlite import open_database

# % else
from .ownership_sql import OwnedEntity
from .sql import Database, Entity, Session, SessionDep, after_commit
from .sql_repository import EntityRepository
from .sqlite import open_database

# % endif
# % endif
# % if cookiecutter.auth == "none"
__all__ = ["Database", "Entity", "EntityRepository", "Session", "SessionDep", "after_commit", "open_database"]
# % else
__all__ = [
    "Database",
    "Entity",
    "EntityRepository",
    "OwnedEntity",
    "Session",
    "SessionDep",
    "after_commit",
    "open_database",
]
# % endif
