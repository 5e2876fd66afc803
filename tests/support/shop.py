"""What a team that runs a book shop makes of a service: the files in `book_shop/`, and some edits."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from .edits import replace
from .paths import files
from .programs import run

FILES = Path(__file__).parent / "book_shop"
ANSWERS = {"domains": "books, customers, orders"}
TOKEN = {"MAIL_TOKEN": "a token"}
OPEN_MAIL = '''
def open_mail(settings: Settings) -> httpx2.AsyncClient:
    """A client of the service that sends messages."""
    token = settings.mail_token.get_secret_value()
    return httpx2.AsyncClient(base_url=settings.mail_url, headers={"Authorization": f"Bearer {token}"})


@asynccontextmanager
async def open_state'''
OPEN_STATE = """
        state["email_of"], state["prices"] = customers.email_of, books.prices
        state["mail"] = await stack.enter_async_context(open_mail(settings))
        modules = ["""
SETTINGS = '''
    mail_url: str = "http://127.0.0.1:8025"
    """The service that sends messages to customers."""
    mail_token: SecretStr = Field(examples=["token-for-tests"])
    """The token for that service."""

    database_url: '''
STATE = """class State(TypedDict, total=False):
    mail: httpx2.AsyncClient
    email_of: Callable[[Session, UUID], Awaitable[str | None]]
    prices: Callable[[Session, Collection[UUID]], Awaitable[dict[UUID, Decimal]]]
"""
EXAMPLE = """# The service that sends messages to customers.
# MAIL_URL=http://127.0.0.1:8025

# The token for that service.
MAIL_TOKEN="""
# A file, what stands there, and what takes its place; `make fix` sorts the imports.
EDITS = (
    ("app/settings.py", "\nfrom pydantic import ", "\nfrom pydantic import SecretStr, "),
    ("app/settings.py", "\n    database_url: ", SETTINGS),
    ("app/state.py", "class State(TypedDict, total=False):\n", STATE),
    (
        "app/state.py",
        "\nfrom typing ",
        "\nimport httpx2\nfrom collections.abc import Awaitable, Callable, Collection\n"
        "from decimal import Decimal\nfrom uuid import UUID\nfrom typing ",
    ),
    ("app/state.py", "import Database\n", "import Database, Session\n"),
    ("app/factory.py", "\nimport structlog\n", "\nimport httpx2\nimport structlog\n"),
    ("app/factory.py", "import DOMAINS\n", "import DOMAINS, books, customers\n"),
    ("app/factory.py", "\n@asynccontextmanager\nasync def open_state", OPEN_MAIL),
    ("app/factory.py", "\n        modules = [", OPEN_STATE),
    (".env.example", "\n\n# A larger", f"\n\n{EXAMPLE}\n\n# A larger"),
    ("pyproject.toml", '  "orjson', '  "httpx2>=2.16",\n  "orjson'),
)


def edit(service: Path) -> None:
    for name, old, new in EDITS:
        replace(service / name, old, new)


# Its `run`, in the environment that is there.
UV = """#!/bin/sh
shift
[ "$1" = --group ] && shift 2
[ "$1" = --no-dev ] && shift
exec "$@"
"""


def tools_of(service: Path) -> dict[str, str]:
    """An environment with the tools of this one in place of those that uv would install."""
    tools = Path(sys.executable).parent
    uv = service.parent / "bin" / "uv"
    uv.parent.mkdir(exist_ok=True)
    uv.write_text(UV, encoding="utf-8")
    uv.chmod(0o755)
    path = f"{uv.parent}:{tools}:/usr/bin:/bin"
    return {"PATH": path, "PYTHONPATH": str(service), "VIRTUAL_ENV": str(tools.parent)}


def make(service: Path, *words: str, env: Mapping[str, str]) -> str:
    return run("make", *words, cwd=service, env={**tools_of(service), **env})


def open_shop(service: Path, env: Mapping[str, str]) -> set[str]:
    """Do all of it, as the documents of the service say; the files of others that it has changed."""
    before = files(service)
    shutil.copytree(FILES, service, dirs_exist_ok=True)
    edit(service)
    make(service, "fix", env=env)
    make(service, "migration", "name=open the shop", env=env)
    make(service, "migrate", env=env)
    after = files(service)
    return {name for name in before if before[name] != after.get(name) and not is_of_the_team(name)}


def is_of_the_team(name: str) -> bool:
    folders = ("app/domains/", "tests/domains/", "migrations/versions/")
    return name.startswith(folders) or name in {name for name, *_ in EDITS}
