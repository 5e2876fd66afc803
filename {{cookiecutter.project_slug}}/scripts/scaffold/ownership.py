"""The template domain has rows of owners: here it becomes one of rows that belong to nobody."""

import re
from pathlib import Path
from typing import NamedTuple

from .imports import tidy_imports

ARGUMENTS = re.compile(
    r"    __table_args__ = \(\n        \*own_indexed\(\n(.*?)        \),\n(.*?)    \)\n", re.DOTALL
)
TOGETHER = re.compile(r"        Index\(\n.*?        \),\n", re.DOTALL)
UNIQUE = re.compile(r'UniqueConstraint\("owner_id", "(\w+)"\)')
REFERENCE = re.compile(r'ForeignKeyConstraint\(\n *\["owner_id", "(\w+)"\],\n *\["(\w+)\.owner_id"')
FOREIGN_KEY = re.compile("ForeignKeyConstraint|create_foreign_key")
COLUMN = re.compile(r"^(    (\w+): Mapped\[.+\] = mapped_column)\((.*)\)$", re.MULTILINE)
KEY = """(
        ForeignKey("{}.id", ondelete="RESTRICT"),{}
    )"""
# What only a table of owners has, in models and migrations.
OWNER = re.compile(
    r"""^ *sa\.Column\("owner_id", .*\n|^ *sa\.UniqueConstraint\("owner_id", "id", .*\n"""
    r"""|^ *deferrable=True,\n|^ *"owner_id",\n|"\w+\.owner_id", |"owner_id", (?=["\w])""",
    re.MULTILINE,
)
IMPORTS = (
    ("import OwnedEntity", "import Entity"),
    ("from app.database.ownership_sql import own_indexed", "from app.database.sql import indexed"),
    ("ForeignKeyConstraint,", "ForeignKey,"),
    (", UniqueConstraint\n", "\n"),
)


class File(NamedTuple):
    path: Path
    text: str


CONFTEST = File(
    Path("tests", "domains", "widgets", "conftest.py"),
    '''"""Only admins write widgets."""

import pytest
from fastapi.testclient import TestClient

from tests.support.clients import as_admin


@pytest.fixture
def client(client: TestClient) -> TestClient:
    return as_admin(client)
''',
)
ROUTER = 'PrefixRouter(prefix="/widgets", tags=["widgets"])'
# What else a domain has whose rows belong to everybody: all read them, and admins write them.
SHARED = (
    (
        f"router = {ROUTER}",
        """router = PrefixRouter(
    prefix="/widgets",
    tags=["widgets"],
    dependencies=[guard("widgets", shared=True)],
)""",
    ),
    (
        "from app.database import SessionDep\n",
        "from app.auth import guard\nfrom app.database import SessionDep\n",
    ),
    ("FIELDS.create(client, ", "FIELDS.create(as_admin(client), "),
    (
        "from tests.support.fields import (",
        "from tests.support.clients import as_admin\nfrom tests.support.fields import (",
    ),
    (
        "\n    fields = FIELDS\n",
        "\n    fields = FIELDS\n    shared = True\n",
    ),
)


def plain(text: str) -> str:
    """A file of the template domain, as it is where rows belong to nobody."""
    if "owner_id" not in text and "OwnedEntity" not in text:
        return text
    if found := ARGUMENTS.search(text):
        text = plain_columns(text.replace(found[0], plain_arguments(*found.groups())), found[2])
    for owned, other in IMPORTS:
        text = text.replace(owned, other, 1)
    return tidy_imports(OWNER.sub("", text.replace("(OwnedEntity)", "(Entity)")))


def disown(root: Path) -> None:
    """The template domain of a service without principals."""
    for path in [path for path in root.rglob("*.py") if "widgets" in path.relative_to(root).as_posix()]:
        path.write_bytes(plain(path.read_text(encoding="utf-8")).encode())


def shared(text: str) -> str:
    """A file of the template domain, as it is where only other rows belong to their owners."""
    for owned, other in SHARED:
        text = text.replace(owned, other, 1)
    return plain(text)


def plain_arguments(indexed: str, others: str) -> str:
    together = "".join(TOGETHER.findall(others))
    columns = re.sub("^    ", "", indexed, flags=re.MULTILINE)
    return f"    __table_args__ = indexed(\n{columns}{together}    )\n"


def plain_columns(text: str, constraints: str) -> str:
    """Each column says itself that it is unique, and what it refers to."""
    unique, references = {*UNIQUE.findall(constraints)}, dict(REFERENCE.findall(constraints))

    def change(found: re.Match[str]) -> str:
        start, name, arguments = found.groups()
        if name in references:
            return start + KEY.format(references[name], "\n        unique=True," if name in unique else "")
        words = [arguments, "unique=True" if name in unique else ""]
        return f"{start}({', '.join(filter(None, words))})"

    return COLUMN.sub(change, text)


def plain_reference(text: str) -> str:
    """A foreign key to rows that belong to nobody."""
    return OWNER.sub("", text)
