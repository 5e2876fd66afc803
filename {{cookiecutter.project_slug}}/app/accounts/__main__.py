"""Makes an administrator, and the first one is made like this: `python -m app.accounts ada@example.com`."""

import asyncio
import sys

from pydantic import TypeAdapter, ValidationError

from app.auth import SYSTEM, acting_as
from app.database import open_database
from app.settings import Settings, read_settings
from .repository import LINK_MINUTES, AccountRepository, TokenRepository
from .schemas import Email


async def make_administrator(settings: Settings, email: str) -> str:
    """The link by which the password is chosen: there is no default one."""
    async with open_database(settings) as database, database.begin() as session:
        account = await AccountRepository(session).find_or_add(email)
        account.is_admin = True
        return f"{settings.public_url}#{await TokenRepository(session).issue_link(account)}"


def main() -> None:
    try:
        email = TypeAdapter(Email).validate_python(" ".join(sys.argv[1:]))
        with acting_as(SYSTEM):
            link = asyncio.run(make_administrator(read_settings(), email))
    except ValidationError:
        sys.exit("Name an e-mail address, such as: make account email=ada@example.com")
    sys.stdout.write(
        f"{email} is an administrator now. To choose a password, within {LINK_MINUTES} minutes:\n"
        f"{link}\nOr send what comes after the `#`: POST /accounts/password.\n"
    )


if __name__ == "__main__":
    main()
