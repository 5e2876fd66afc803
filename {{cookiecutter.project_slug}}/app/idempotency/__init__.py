"""A request that is repeated with its `Idempotency-Key` has an effect once; its response is replayed."""

from .route import IdempotentRoute, install_idempotency
from .store import IdempotencyStore
# % if cookiecutter.database == "none" and cookiecutter.tasks != "redis"
from .store_memory import open_idempotency

# % elif cookiecutter.database == "none" and cookiecutter.tasks == "redis"
from .store_redis import open_idempotency

# % else
from .store_sql import open_idempotency

# % endif
__all__ = ["IdempotencyStore", "IdempotentRoute", "install_idempotency", "open_idempotency"]
