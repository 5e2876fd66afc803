"""Whose token a request has: one query, and nothing is cached, so that what has ended is over at once."""

from datetime import datetime
from uuid import UUID

from app.auth import Principal, known_scopes
from app.auth.guards import REFUSED
from app.auth.principal import ADMIN
from app.clock import now
from app.database import Database
from app.errors import UnauthorizedError
from .repository import TokenRepository


def scopes_of(is_admin: bool) -> frozenset[str]:
    """What an account may do: all that is not for administrators. Change this one where accounts differ."""
    return frozenset(known_scopes() if is_admin else known_scopes() - {ADMIN})


class TokenAuthenticator:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.used: dict[UUID, datetime] = {}

    async def authenticate(self, token: str) -> Principal:
        async with self._database.begin() as session:
            found = await TokenRepository(session).bearer(token)
        if found is None:
            raise UnauthorizedError(REFUSED)
        id, scopes, account_id, is_admin = found
        self.used[id] = now().replace(second=0, microsecond=0)
        allowed = scopes_of(is_admin)
        return Principal(str(account_id), allowed if scopes is None else allowed.intersection(scopes))

    async def sweep(self) -> None:
        """Write when tokens were used, and delete those that have ended."""
        used, self.used = self.used, {}
        async with self._database.begin() as session:
            repository = TokenRepository(session)
            if used:
                await repository.mark_used(used)
            await repository.sweep()
