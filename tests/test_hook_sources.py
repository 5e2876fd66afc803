"""The hooks and the script for domains: they run on any Python, and start nothing."""

import ast
import sys
from pathlib import Path

import pytest
from support.paths import RAW, ROOT

HOOKS = sorted((ROOT / "hooks").glob("*.py"))
# They also run in a browser: no process, no socket, no thread. And nothing may depend on the day.
FORBIDDEN = {
    *("asyncio", "concurrent", "ctypes", "datetime", "http", "multiprocessing", "os", "random", "signal"),
    *("socket", "ssl", "subprocess", "threading", "time", "urllib", "uuid", "_thread"),
}


def imports(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "hook", [*HOOKS, ROOT / "check_answers.py", RAW / "scripts" / "domain.py"], ids=lambda path: path.stem
)
def test_a_hook_runs_on_any_python_and_starts_nothing(hook: Path) -> None:
    """They are run by the Python that cookiecutter was installed with."""
    source = hook.read_text(encoding="utf-8")
    found = imports(ast.parse(source, feature_version=(3, 9)))
    assert found <= sys.stdlib_module_names | ({"jinja2"} if hook.stem == "check_answers" else set())
    assert found & FORBIDDEN == set()
    assert source.isascii()
