"""How many requests a client may send in a window of time, which begins with the first one that counts."""

from .limits import RateLimits
# % if cookiecutter.tasks == "redis"
from .store_redis import open_rate_limits

# % else
from .store_memory import open_rate_limits

# % endif
__all__ = ["RateLimits", "open_rate_limits"]
