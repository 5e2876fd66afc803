"""Faults that people make, planted on purpose: each must be caught, by the test that is meant to."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import SERVICE, Record
from running import NOTHING, attempt, clone

pytestmark = pytest.mark.planted

HOOK = "hooks/post_gen_project.py"
TABLES, EXHAUSTIVE = "tests/test_tables.py", "tests/proof/test_exhaustive.py"
PAIRWISE, EXTREMES = "tests/proof/test_pairwise.py", "tests/proof/test_extremes.py"


class Fault(NamedTuple):
    """In a file something is replaced; then a test, chosen by words of its name, must fail and say why."""

    file: str
    old: str
    new: str
    test: str
    chosen: str
    told: str


AIOSQLITE = '  "aiosqlite>=0.22,<0.23",\n'
FAULTS = {
    "a path missing from OWNED": Fault(
        HOOK, '    "app/migrations.py",\n', "", EXHAUSTIVE, "service and none", "not declared: sqlalchemy"
    ),
    "a path in OWNED that is no more": Fault(
        HOOK, '"app/migrations.py"', '"app/migration.py"', TABLES, "may_go", "app/migration.py"
    ),
    "a file left to the wrong answer": Fault(
        HOOK, '("gitlab",)}, (".gitlab', '("github",)}, (".gitlab', TABLES, "brings_its_files", "gitlab"
    ),
    "a condition misspelt": Fault(
        f"{SERVICE}/pyproject.toml", '== "sqlite"', '== "sqllite"', TABLES, "can_be_given", "sqllite"
    ),
    "a condition in a file that should know nothing": Fault(
        f"{SERVICE}/app/clock.py",
        '"""\n',
        '"""\n# % if cookiecutter.ci == "none"\n# % endif\n',
        TABLES,
        "know",
        "clock",
    ),
    "a dependency left behind": Fault(
        f"{SERVICE}/pyproject.toml",
        f'  # % if cookiecutter.database == "sqlite"\n{AIOSQLITE}  # % endif\n',
        AIOSQLITE,
        TABLES,
        "nothing_else and none",
        "speaks of",
    ),
    "a setting that nobody reads": Fault(
        f"{SERVICE}/app/settings.py",
        "    max_body",
        "    spare: int = 1\n    max_body",
        TABLES,
        "nothing_else",
        "SPARE",
    ),
    "a route not included": Fault(
        f"{SERVICE}/app/factory.py",
        "    app.include_router(tasks_router)\n",
        "",
        "tests/test_documents.py",
        "address",
        "/tasks",
    ),
    "a part that does not open": Fault(
        f"{SERVICE}/app/factory.py",
        '        logger.info("started")\n',
        "        raise OSError\n",
        EXHAUSTIVE,
        "whole and sqlite",
        "OSError",
    ),
    "an unquoted answer": Fault(
        f"{SERVICE}/app/settings.py",
        ".__project_name",
        ".project_name",
        "tests/test_answers.py",
        "awkward",
        "Syntax",
    ),
    "a guard taken away": Fault(
        "hooks/pre_gen_project.py",
        '("Cc", "Cs", "Zl", "Zp")',
        '("Zl", "Zp")',
        "tests/proof/test_hostile.py",
        "breaks",
        "Failing test case",
    ),
    "a stale command in a README": Fault(
        f"{SERVICE}/README.md",
        "| `make fix` |",
        "| `make mend` |",
        EXTREMES,
        "every_verb and default",
        "mend",
    ),
    "an answer that the README does not know": Fault(
        "README.md",
        "`sqlite`, `postgresql`,",
        "`sqlite`,",
        "tests/test_documents.py",
        "questions",
        "postgresql",
    ),
    "an answer without its proof": Fault(
        "cookiecutter.json", '["MIT",', '["MIT", "ISC",', TABLES, "known_of_every_answer", "ISC"
    ),
    "a page of the proof that is older than an answer": Fault(
        "cookiecutter.json", '["MIT",', '["MIT", "ISC",', "tests/test_documents.py", "page", "ISC"
    ),
    "something that differs each time": Fault(
        HOOK,
        "    prune(root, answers)\n    stamp",
        '    prune(root, answers)\n    (root / "a.txt").write_text(f"{id(root)}\\n")\n    stamp',
        TABLES,
        "same_answers",
        "a.txt",
    ),
    "a trace of the template": Fault(
        f"{SERVICE}/AGENTS.md", "# ", "# {{ '{{' }} x }} ", TABLES, "nothing_else and none", "trace"
    ),
    "a model without its migration": Fault(
        f"{SERVICE}/migrations/versions/widgets.py",
        "nullable=False",
        "nullable=True",
        PAIRWISE,
        "proven and one",
        "nullable",
    ),
    "a table that migrations do not know": Fault(
        f"{SERVICE}/migrations/env.py",
        "import app.factory",
        "import app.domains",
        PAIRWISE,
        "proven and no and sqlite and 3.14",
        "remove_table",
    ),
    "a floor that is too low": Fault(
        "pyproject.toml",
        "psycopg[binary]>=3.3.6",
        "psycopg[binary]>=3.3",
        "tests/proof/test_dependencies.py",
        "3.11 and lowest and one and postgresql",
        "takes from 2 to 3 positional arguments",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, tmp_path: Path, record_property: Record) -> None:
    fault = FAULTS[name]
    checkout = clone(tmp_path)
    text = (checkout / fault.file).read_text(encoding="utf-8")
    assert fault.old in text, "the fault finds no place: plant it anew"
    (checkout / fault.file).write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")
    options = ["-m", "", "--numprocesses=0", "-x", "-vv", "-k", fault.chosen]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, fault.test]
    code, said = attempt(command, checkout, NOTHING, 900)
    assert code == 1, said
    assert fault.told in said, said
    record_property("planted faults caught", 1)
