"""Schemathesis against a real server."""

import sys
from pathlib import Path

from .programs import run

HOOKS = {"PYTHONPATH": str(Path(__file__).parent), "SCHEMATHESIS_HOOKS": "fuzzing_hooks"}
MAKE_ROWS = Path(__file__).with_name("fuzzing_rows.py")


def make_rows(service: Path, url: str, token: str = "") -> str:
    """By the factories of its own tests: requests can refer to them."""
    return run(sys.executable, MAKE_ROWS, url, token, cwd=service, env={"PYTHONPATH": str(service)})


def fuzz(url: str, folder: Path, examples: int, *options: str, rows: str = "{}", foreign: str = "{}") -> None:
    """All of its checks, and ours. The seed is fixed: the same code has the same result."""
    fixed = ("--seed", "1", "--max-examples", str(examples), "--continue-on-failure", "--warnings", "off")
    # Each answer of the slow job takes seconds: that is what it is for.
    fixed += ("--exclude-path", "/simulations/sync")
    schemathesis = Path(sys.executable).parent / "schemathesis"
    command = (schemathesis, "run", f"{url}/openapi.json", *fixed, *options)
    said = run(*command, cwd=folder, env={**HOOKS, "ROWS": rows, "FOREIGN": foreign})
    assert "No issues found" in said
