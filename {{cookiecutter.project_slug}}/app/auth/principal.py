"""Who a request or a task runs as."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from app.errors import ForbiddenError

ADMIN = "admin"


@dataclass(frozen=True)
class Principal:
    id: str
    scopes: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        if not isinstance(self.owner, str) or not self.owner:
            raise LookupError("Nobody is without an `owner`: return a text, and refuse tokens without it.")

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.scopes

    @property
    def owner(self) -> str:
        """Whose rows, tasks and idempotency keys these are: change this one for an organisation."""
        return self.id

    def require(self, scope: str) -> None:
        if not self.is_admin and scope not in self.scopes:
            raise ForbiddenError(f"This needs the scope {scope}.")


class System(Principal):
    def __post_init__(self) -> None:
        """It alone owns nothing, and no token is equal to it."""


# What the service does by itself: sweeps, scripts, mails. It sees all.
SYSTEM = System("", frozenset({ADMIN}))
CURRENT: ContextVar[Principal | None] = ContextVar("principal", default=None)


def current_principal() -> Principal | None:
    return CURRENT.get()


def required_principal() -> Principal:
    """Never nobody: what is filtered by its owner would show everything, or nothing."""
    if (principal := CURRENT.get()) is None:
        raise LookupError("This runs as no principal: guard its route, or run it within `acting_as(SYSTEM)`.")
    return principal


def act_as(principal: Principal) -> None:
    """For the rest of this request or task."""
    CURRENT.set(principal)


@contextmanager
def acting_as(principal: Principal) -> Generator[None]:
    before = CURRENT.set(principal)
    try:
        yield
    finally:
        CURRENT.reset(before)
