"""Makes an administrator, and gives it rows: `python -m app.accounts ada@example.com owner=NAME`."""

import asyncio
import sys
from importlib import import_module

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.auth import SYSTEM, acting_as
from app.database import open_database
from app.database.migration_check import PendingMigrationsError
from app.database.ownership_sql import hand_over
from app.errors import ConflictError, UnavailableError
from app.settings import Settings, read_settings
from .repository import LINK_MINUTES, AccountRepository, TokenRepository
from .schemas import Email
from .state import principal_of

TEXT = """\
{email} is an administrator now. {rows}To choose a password, within {minutes} minutes:
{link}
Or send what comes after the `#`: POST /accounts/password.
"""


async def make_administrator(settings: Settings, email: str, owner: str) -> str:
    """What to do with the link by which the password is chosen: there is no default one."""
    async with open_database(settings) as database:
        await database.check()
        async with database.begin() as session:
            account = await AccountRepository(session).find_or_add(email)
            account.is_admin = True
            given = await hand_over(session, owner, principal_of(account).owner) if owner else 0
            link = f"{settings.public_url}#{await TokenRepository(session).issue_link(account)}"
    rows = f"It was given {given} rows. " if owner else ""
    return TEXT.format(email=email, rows=rows, minutes=LINK_MINUTES, link=link)


def main() -> None:
    # Whose rows are handed over; by an import statement, only what is above them may know them.
    import_module("app.domains")
    try:
        address, _, owner = " ".join(sys.argv[1:]).partition(" owner=")
        email = TypeAdapter(Email).validate_python(address)
        with acting_as(SYSTEM):
            sys.stdout.write(asyncio.run(make_administrator(read_settings(), email, owner)))
    except (ConflictError, UnavailableError, PendingMigrationsError) as error:
        sys.exit(str(error))
    except SQLAlchemyError:
        sys.exit(
            "The database that DATABASE_URL names is away, or takes no writes: start it, or correct that."
        )
    except ValidationError:
        sys.exit("Name an e-mail address, such as: make account email=ada@example.com")


if __name__ == "__main__":
    main()
