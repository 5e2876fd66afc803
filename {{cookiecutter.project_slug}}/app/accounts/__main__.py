"""Makes an administrator, and gives it rows: `python -m app.accounts ada@example.com owner=NAME`."""

import asyncio
import sys
from importlib import import_module

from pydantic import TypeAdapter, ValidationError

from app.auth import SYSTEM, acting_as
from app.database import open_database
from app.database.ownership_sql import hand_over
from app.errors import ConflictError
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
    async with open_database(settings) as database, database.begin() as session:
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
    except ConflictError as error:
        sys.exit(error.detail)
    except ValidationError:
        sys.exit("Name an e-mail address, such as: make account email=ada@example.com")


if __name__ == "__main__":
    main()
