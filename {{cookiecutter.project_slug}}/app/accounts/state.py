"""What the lifespan opens for accounts."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.clock import now
from app.database import Database
from app.rate_limits import RateLimits
from app.settings import Settings
from .authenticator import TokenAuthenticator
from .mail import Send, open_mail
from .passwords import Passwords
from .repository import AccountRepository

logger = structlog.get_logger()
UNVERIFIED = timedelta(days=1)


@dataclass(frozen=True)
class Accounts:
    settings: Settings
    database: Database
    authenticator: TokenAuthenticator
    limits: RateLimits
    passwords: Passwords
    send: Send

    async def count(self, account: str, client: str | None = None) -> None:
        """An attempt to guess something: a 429 when there are too many, for one account or by one client."""
        rate = self.settings.login_rate_limit
        if client:
            await self.limits.hit("login-client", rate, client)
        await self.limits.hit("login-account", rate, account)

    async def sweep(self) -> None:
        """What was used is written down, and what has expired is deleted. Nothing waits for it."""
        try:
            await self.authenticator.sweep()
            async with self.database.begin() as session:
                await AccountRepository(session).sweep(now() - UNVERIFIED)
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
    authenticator = TokenAuthenticator(database)
    accounts = Accounts(settings, database, authenticator, limits, Passwords(), open_mail(settings))
    sweeping = asyncio.create_task(accounts.sweep_each_minute())
    try:
        yield accounts
    finally:
        sweeping.cancel()
        await asyncio.wait([sweeping])
        if authenticator.used:
            await accounts.sweep()
