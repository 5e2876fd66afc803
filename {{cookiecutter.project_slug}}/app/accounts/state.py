"""What the lifespan opens for accounts: it knows whose token a request has."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import structlog

from app.auth import Principal, known_scopes
from app.auth.guards import REFUSED
from app.auth.principal import ADMIN
from app.clock import now
from app.database import Database
from app.errors import UnauthorizedError
from app.rate_limits import RateLimits
from app.settings import Settings
from .models import Account
from .passwords import Passwords
from .repository import AccountRepository, TokenRepository

logger = structlog.get_logger()


def scopes_of(account: Account) -> frozenset[str]:
    """What it may do: all that is not for administrators. Change this one where accounts differ."""
    return frozenset(known_scopes() if account.is_admin else known_scopes() - {ADMIN})


def principal_of(account: Account, scopes: Collection[str] | None = None) -> Principal:
    """A key has scopes of its own, and never more than its account."""
    allowed = scopes_of(account)
    return Principal(str(account.id), allowed if scopes is None else allowed.intersection(scopes))


class Accounts:
    def __init__(self, settings: Settings, database: Database, limits: RateLimits) -> None:
        self.settings, self.database, self.passwords = settings, database, Passwords()
        self._limits, self._used = limits, dict[UUID, datetime]()

    async def authenticate(self, token: str) -> Principal:
        """By one query. Nothing is cached, so that what has ended is over at once."""
        async with self.database.begin() as session:
            found = await TokenRepository(session).bearer(token)
        if found is None:
            raise UnauthorizedError(REFUSED)
        id, scopes, account = found
        self._used[id] = now().replace(second=0, microsecond=0)
        return principal_of(account, scopes)

    async def count(self, **attempt: str) -> None:
        """To guess something: a 429 when there are too many by one client, or for one account."""
        for name, key in attempt.items():
            await self._limits.hit(f"login-{name}", self.settings.login_rate_limit, key)

    async def sweep(self) -> None:
        """Write when tokens were used, and delete what has expired. No request waits for it."""
        used, self._used = self._used, {}
        try:
            async with self.database.begin() as session:
                if used:
                    await TokenRepository(session).mark_used(used)
                await TokenRepository(session).sweep()
                await AccountRepository(session).sweep()
        except Exception:
            logger.warning("tokens_not_swept", exc_info=True)

    async def sweep_each_minute(self) -> None:
        while True:
            await asyncio.sleep(60)
            await self.sweep()


@asynccontextmanager
async def open_accounts(
    settings: Settings, database: Database, limits: RateLimits
) -> AsyncGenerator[Accounts]:
    accounts = Accounts(settings, database, limits)
    sweeping = asyncio.create_task(accounts.sweep_each_minute())
    yield accounts
    sweeping.cancel()
    await accounts.sweep()
