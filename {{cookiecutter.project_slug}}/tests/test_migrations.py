import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import CheckConstraint, Connection, Table, inspect, make_url, text

from app.database import open_database
from app.database.migration_check import VERSIONS, known_revisions
from app.database.sql import Base
from app.factory import create_app
from app.settings import ROOT, Settings
from tests.support.migrations import ALEMBIC, migrate

TEXT = re.compile(r"'((?:[^']|'')*)'")
WORD = re.compile(r"\w+")


@pytest.fixture
def empty(empty_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a service whose database has had no migration yet; Alembic's too."""
    monkeypatch.setenv("DATABASE_URL", empty_url)
    return settings.model_copy(update={"database_url": empty_url})


def readiness(settings: Settings) -> tuple[int, str]:
    with TestClient(create_app(settings)) as client:
        response = client.get("/health/ready")
        return response.status_code, response.json()["checks"]["database"]


def test_migrations_create_what_the_models_say(empty: Settings) -> None:
    migrate(empty.database_url)
    command.check(ALEMBIC)


def test_migrations_go_up_and_down_and_up_again(empty: Settings) -> None:
    command.upgrade(ALEMBIC, "head")
    command.downgrade(ALEMBIC, "base")
    command.upgrade(ALEMBIC, "head")
    command.check(ALEMBIC)


def condition(table: Table, name: Any, sql: str) -> tuple[str, str, list[str], list[str]]:
    """The table and the name of a CHECK, the columns in it, and the texts: each database words it anew."""
    texts = sorted({text.replace("''", "'") for text in TEXT.findall(sql)})
    words = {*WORD.findall(TEXT.sub("", sql))}
    return table.name, str(name), [column.name for column in table.columns if column.name in words], texts


def conditions_of_models() -> Iterator[tuple[str, str, list[str], list[str]]]:
    for table in Base.metadata.sorted_tables:
        for check in table.constraints:
            if isinstance(check, CheckConstraint):
                sql = str(check.sqltext.compile(compile_kwargs={"literal_binds": True}))
                yield condition(table, check.name, sql)


def conditions_of(connection: Connection) -> Iterator[tuple[str, str, list[str], list[str]]]:
    for table in Base.metadata.sorted_tables:
        # A view has none, and is no error here.
        found = inspect(connection).get_multi_check_constraints(table.schema, [table.name])
        for check in chain.from_iterable(found.values()):
            yield condition(table, check["name"], check["sqltext"])


async def test_migrations_create_the_checks_of_the_models(settings: Settings) -> None:
    """Alembic compares all else."""
    async with open_database(settings) as database, database.begin() as session:
        connection = await session.connection()
        found = await connection.run_sync(lambda connection: sorted(conditions_of(connection)))
    assert found == sorted(conditions_of_models())


BROKEN = """
from alembic import op

revision, down_revision = "broken", None


def upgrade() -> None:
    op.execute("CREATE TABLE half (id INTEGER)")
    raise RuntimeError("half of it is done")
"""


def test_a_migration_that_fails_leaves_nothing(empty: Settings, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    config = Config(toml_file=ALEMBIC.toml_file_name)
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(tmp_path))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="half of it is done"):
            command.upgrade(config, "head")


def test_migrations_are_one_line() -> None:
    revisions, heads = known_revisions()
    assert len(revisions) == len(list(VERSIONS.glob("[!_]*.py")))
    assert len(heads) <= 1


def test_a_service_with_pending_migrations_says_so(empty: Settings) -> None:
    if known_revisions()[0]:
        assert readiness(empty) == (503, "PendingMigrationsError")
    migrate(empty.database_url)
    assert readiness(empty)[1] == "ok"


async def test_a_database_that_is_ahead_of_the_code_is_good_enough(empty: Settings) -> None:
    """As the old release sees it while a new one is rolled out."""
    async with open_database(empty) as database:
        async with database.begin() as session:
            await session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            await session.execute(text("INSERT INTO alembic_version VALUES ('of_the_new_release')"))
        await database.check()


async def test_to_go_back_to_an_older_release_is_no_error(empty: Settings) -> None:
    """Each deployment brings the database to the newest migration that it knows."""
    await asyncio.to_thread(migrate, empty.database_url)
    async with open_database(empty) as database, database.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'of_the_new_release'"))

    def alembic(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "alembic", *words]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        return ended.returncode, ended.stdout

    assert alembic("upgrade", "head") == (
        0,
        "Nothing to migrate: a newer release has added of_the_new_release.\n",
    )
    assert alembic("downgrade", "base")[0] > 0


def test_a_database_that_is_not_there_is_named_without_its_password(
    lost_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(lost_url)
    url = url if url.host is None else url.set(password="s3cret", query={"password": "s3cret"})
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    with pytest.raises(SystemExit) as raised:
        command.current(ALEMBIC)
    assert str(raised.value).startswith(f"DATABASE_URL={url.set(query={}).render_as_string()}: ")
    assert "s3cret" not in str(raised.value)


def test_a_pending_migration_names_the_command(empty: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    if known_revisions()[0]:
        readiness(empty)
        assert "Run: make migrate" in capsys.readouterr().out
