"""What a team that runs a book shop makes of a service: the files in `book_shop/`, and some edits."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from .edits import replace
from .paths import files
from .programs import run

FILES = Path(__file__).parent / "book_shop"
DOMAINS = (
    "books(title:text, isbn:text unique, price:decimal, published:date?, status:available|sold-out)",
    "customers(email:text unique, name:text)",
    "orders(customer:customers, status:placed|confirmed|shipped)",
)
ANSWERS = {"domains": ", ".join(DOMAINS)}
TOKEN = {"MAIL_TOKEN": "a token"}
BOOKS, CUSTOMERS, ORDERS = "app/domains/books", "app/domains/customers", "app/domains/orders"
SCHEMAS = '"""What clients send and receive."""\n'
TYPES = f"{SCHEMAS}\nfrom typing import Annotated\nfrom pydantic import Field\n"
ISBN = """
Isbn = Annotated[str, Field(pattern=r"^97[89][0-9]{10}$", examples=["9780141439549"])]
BookSort = """
EMAIL = r"""
PART = r"[^@\s\x00-\x1f\x7f]+"
Email = Annotated[str, Field(max_length=254, pattern=f"^{PART}@{PART}$", examples=["ada@example.com"])]
CustomerSort = """
PRICES = '''    model = Book


async def prices(session: Session, ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Of those books that are available."""
    query = select(Book.id, Book.price).where(Book.id.in_(ids), Book.status == "available")
    return {row.id: row.price for row in await session.execute(query)}
'''
EMAIL_OF = '''    model = Customer


async def email_of(session: Session, id: UUID) -> str | None:
    """None when there is no such customer."""
    customer = await Repository(session).get(id)
    return customer.email if customer else None
'''
QUERIES = "import EntityRepository, Session\n"
CREATE = """
    session: SessionDep,
    outbox: TasksDep,
    request: Request,
    response: Response,
) -> models.Order:
    row = await service.create(Repository(session), data, partial(request.state.prices, session))
    outbox.submit(tasks.send_confirmation, order_id=row.id)
"""
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
INSTALL = "    install_middleware("
# A file, what stands there, and what takes its place; `make fix` sorts the imports and drops those of no use.
EDITS = (
    (f"{BOOKS}/__init__.py", "\nfrom .router", "\nfrom .repository import prices as prices\nfrom .router"),
    (f"{BOOKS}/repository.py", "    model = Book\n", PRICES),
    (f"{BOOKS}/repository.py", "import EntityRepository\n", QUERIES),
    (
        f"{BOOKS}/repository.py",
        "\nfrom app.database",
        "\nfrom collections.abc import Collection\nfrom decimal import Decimal\nfrom uuid import UUID\n"
        "from sqlalchemy import select\nfrom app.database",
    ),
    (f"{BOOKS}/schemas.py", SCHEMAS, f"{TYPES}from app.money import Price\n"),
    (f"{BOOKS}/schemas.py", "\nBookSort = ", ISBN),
    (f"{BOOKS}/schemas.py", "isbn: Text", "isbn: Isbn"),
    (f"{BOOKS}/schemas.py", "price: Amount", "price: Price"),
    (f"{BOOKS}/schemas.py", "price: Decimal", "price: Price"),
    (
        f"{BOOKS}/schemas.py",
        "BookStatus\n\n\nclass BookUpdate",
        'BookStatus = "available"\n\n\nclass BookUpdate',
    ),
    (
        f"{CUSTOMERS}/__init__.py",
        "\nfrom .router",
        "\nfrom .repository import email_of as email_of\nfrom .router",
    ),
    (f"{CUSTOMERS}/repository.py", "    model = Customer\n", EMAIL_OF),
    (f"{CUSTOMERS}/repository.py", "import EntityRepository\n", QUERIES),
    (f"{CUSTOMERS}/repository.py", "\nfrom app.database", "\nfrom uuid import UUID\n\nfrom app.database"),
    (f"{CUSTOMERS}/schemas.py", SCHEMAS, TYPES),
    (f"{CUSTOMERS}/schemas.py", "\nCustomerSort = ", EMAIL),
    (f"{CUSTOMERS}/schemas.py", "email: Text", "email: Email"),
    (f"{ORDERS}/router.py", "\nfrom typing ", "\nfrom functools import partial\nfrom typing "),
    (
        f"{ORDERS}/router.py",
        """
    session: SessionDep,
    request: Request,
    response: Response,
) -> models.Order:
    row = await service.create(Repository(session), data)
""",
        CREATE,
    ),
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
    ("app/factory.py", "\nlogger =", "from .timing import ServerTiming\n\nlogger ="),
    ("app/factory.py", INSTALL, f"    app.add_middleware(ServerTiming)\n{INSTALL}"),
    ("app/factory.py", "import DOMAINS\n", "import DOMAINS, books, customers\n"),
    ("app/factory.py", "\n@asynccontextmanager\nasync def open_state", OPEN_MAIL),
    ("app/factory.py", "\n        modules = [", OPEN_STATE),
    (".env.example", "\n\n# A larger", f"\n\n{EXAMPLE}\n\n# A larger"),
    ("pyproject.toml", '  "orjson', '  "httpx2>=2.16",\n  "orjson'),
)


def edit(service: Path) -> None:
    for name, old, new in EDITS:
        replace(service / name, old, new, -1)


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
