"""Migrations as a team writes them: with any text, in any folder, and as SQL for others to run."""

import shutil
import sys
from pathlib import Path

import pytest
from support.fixtures import Bake
from support.known import label
from support.lint import ruff_complains
from support.options import Answers
from support.paths import Files, files
from support.programs import run
from support.shop import make

ALEMBIC = (sys.executable, "-m", "alembic")
TEXTS = ("orders", "orders", 'a "title"', "a \\", "x " * 80, "!", "열 추가")
# The programs that were installed with Alembic are not among them.
BARE = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def service(bake: Bake, tmp_path: Path) -> Path:
    """In a folder whose name has a meaning for the readers of some configurations."""
    service = tmp_path / "50%off" / "service"
    shutil.copytree(bake(database="sqlite"), service)
    return service


def versions(service: Path) -> Files:
    """The migrations, and not what Python has compiled of them."""
    found = files(service / "migrations" / "versions").items()
    return {path: content for path, content in found if path.endswith(".py")}


def test_a_migration_may_have_any_text_also_that_of_another_one(service: Path) -> None:
    before = versions(service)
    for text in TEXTS:
        run(*ALEMBIC, "upgrade", "head", cwd=service)
        run(*ALEMBIC, "revision", "--autogenerate", "--message", text, cwd=service, env=BARE)
    after = versions(service)
    assert before.items() <= after.items()
    assert len(after) == len(before) + len(TEXTS)
    assert ruff_complains(service) == ""
    run(*ALEMBIC, "upgrade", "head", cwd=service)


def test_a_migration_needs_a_text(service: Path) -> None:
    before = versions(service)
    for text in ("", "  ", "--- !"):
        with pytest.raises(AssertionError, match="make migration name="):
            make(service, "migration", env={"name": text})
    assert versions(service) == before


@pytest.mark.parametrize(
    "answers",
    [
        {"database": "sqlite"},
        {"database": "postgresql", "tasks": "in-process"},
        {"database": "postgresql", "tasks": "redis"},
        {"database": "postgresql", "tasks": "postgresql"},
    ],
    ids=label,
)
def test_the_sql_of_migrations_is_printed_without_a_database(answers: Answers, bake: Bake) -> None:
    service = bake(domains="orders", **answers)
    sql = run(*ALEMBIC, "upgrade", "head", "--sql", cwd=service, env={"PGHOST": "nowhere.invalid"})
    assert "CREATE TABLE orders" in sql
    assert ("CREATE TABLE procrastinate_jobs" in sql) == (answers.get("tasks") == "postgresql")
    # A percent sign that was doubled for the driver.
    assert "%%" not in sql
    assert not (service / "service.db").exists()
