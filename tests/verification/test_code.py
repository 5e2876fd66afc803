"""Every text that a Python file can have: linted, formatted, without private names of frameworks."""

from pathlib import Path

import pytest
from support.covering import complete, covering
from support.factors import file
from support.fixtures import Record
from support.lint import ruff_complains
from support.places import paths
from support.privates import privates
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
