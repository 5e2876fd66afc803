"""The hooks and the scripts for domains: they run on any Python, and start nothing."""

import ast
import sys
from pathlib import Path

import pytest
from support.hooks import SCAFFOLD
from support.paths import RAW, ROOT

HOOKS = sorted((ROOT / "hooks").glob("*.py"))
PACKAGE = sorted((RAW / "scripts" / "scaffold").glob("*.py"))
SCRIPTS = [RAW / "scripts" / "domain.py", *PACKAGE]
# They also run in a browser: no process, no socket, no thread. And nothing may depend on the day.
FORBIDDEN = {
    *("asyncio", "concurrent", "ctypes", "datetime", "http", "multiprocessing", "os", "random", "signal"),
    *("socket", "ssl", "subprocess", "threading", "time", "urllib", "uuid", "_thread"),
}
# What some of them import besides.
ALLOWED = {"check_answers": {"jinja2"}, "domain": {"scaffold"}}
# Only in a service that is in use: it asks Alembic where the database is.
LATER = {"change": {"subprocess"}}


def imports(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    # One with a dot is of the same package.
    absolute = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level)
    names |= {str(node.module) for node in absolute}
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("hook", [*HOOKS, ROOT / "check_answers.py", *SCRIPTS], ids=lambda path: path.stem)
def test_a_hook_runs_on_any_python_and_starts_nothing(hook: Path) -> None:
    """They are run by the Python that cookiecutter was installed with."""
    source = hook.read_text(encoding="utf-8")
    found = imports(ast.parse(source, feature_version=(3, 9)))
    assert found <= sys.stdlib_module_names | ALLOWED.get(hook.stem, set())
    assert found & FORBIDDEN == LATER.get(hook.stem, set())
    assert source.isascii()


def test_no_hook_imports_what_is_for_later() -> None:
    found = {name for name in sys.modules if name.startswith("scaffold.")}
    assert f"{SCAFFOLD.__name__}.write" in found
    assert found & {f"scaffold.{name}" for name in LATER} == set()


def test_the_package_for_domains_is_small() -> None:
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE]
    assert sum(bool(line.strip()) for text in texts for line in text.splitlines()) <= 1100
