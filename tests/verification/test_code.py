"""Every text that a Python file can have: linted, formatted, without private names of frameworks."""

import json
from pathlib import Path

import pytest
from support.covering import complete, covering
from support.factors import file
from support.fixtures import Record
from support.lint import ruff_complains
from support.paths import ROOT
from support.places import paths
from support.privates import privates
from support.programs import run
from support.union import assembled, write

PYTHON = [path for path in paths() if path.endswith(".py")]
Text = tuple[str, bytes]


def new_texts(row: dict[str, str], seen: set[Text]) -> dict[str, bytes]:
    """The Python files of a service that no service before it had, and the rules that hold there."""
    made = assembled(row)
    new = {path: text for path, text in made.items() if path.endswith(".py") and (path, text) not in seen}
    seen.update(new.items())
    # Without these, imports of our own packages and scripts would be taken for those of libraries.
    ours = {path: text for path, text in made.items() if path.endswith(("__init__.py", "env_example.py"))}
    return {**ours, **new, "pyproject.toml": made["pyproject.toml"]} if new else {}


def test_every_text_of_a_python_file_is_linted(tmp_path: Path, record_property: Record) -> None:
    seen = set[Text]()
    texts = [(path, state, text) for path in PYTHON for state, text in file(path).texts()]
    # Few files ask more than three questions.
    rows = [*covering(3), *(complete(state, set()) for _, state, _ in texts)]
    for number, row in enumerate(filter(None, rows)):
        folder = write(new_texts(row, seen), tmp_path / str(number))
        for name in ("app", "scripts", "tests"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    assert {(path, text) for path, _, text in texts} <= seen
    assert ruff_complains(tmp_path) == ""
    record_property("different texts of Python files linted", len(seen))


# It asks for `alembic current`, with no word of a user in it.
HARMLESS = {("scripts/scaffold/change.py", rule) for rule in ("B404", "B603")}


def test_bandit_finds_nothing_in_any_text_of_the_code(tmp_path: Path, record_property: Record) -> None:
    texts = [
        (path, text) for path in PYTHON for _, text in file(path).texts() if not path.startswith("tests/")
    ]
    for number, (path, text) in enumerate(texts):
        write({path: text}, tmp_path / str(number))
    command = ("uv", "run", "--isolated", "--only-group", "workflows", "bandit", "-q", "--exit-zero")
    report_file = tmp_path / "report.json"
    run(*command, "-r", "-f", "json", "-o", report_file, tmp_path, cwd=ROOT)
    report = json.loads(report_file.read_bytes())
    assert report["errors"] == []
    assert len(report["metrics"]) == len(texts) + 1
    found = {
        (Path(each["filename"]).relative_to(tmp_path).as_posix().partition("/")[2], each["test_id"])
        for each in report["results"]
    }
    assert found == HARMLESS
    record_property("different texts of Python files in which bandit finds nothing", len(texts))


@pytest.mark.parametrize("path", [path for path in PYTHON if path.startswith("app/")])
def test_a_service_uses_public_names_of_frameworks(path: str) -> None:
    for state, content in file(path).texts():
        assert privates(content) == [], state


@pytest.mark.parametrize(
    "code",
    [
        "import fastapi._compat",
        "from starlette._utils import x",
        "from fastapi.routing import _IncludedRouter",
        "app._private()",
        "app.router._routes = []",
        "getattr(app, '_private')",
    ],
)
def test_a_private_name_would_be_found(code: str) -> None:
    assert len(privates(code.encode())) == 1
    assert privates(b"self._own = cls._own = other.__class__") == []
