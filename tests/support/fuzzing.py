"""Schemathesis against a real server."""

import sys
from pathlib import Path

from .programs import run

HOOKS = {"PYTHONPATH": str(Path(__file__).parent), "SCHEMATHESIS_HOOKS": "fuzzing_hooks"}


def fuzz(url: str, folder: Path, examples: int, *options: str) -> None:
    """All of its checks. The seed is fixed: the same code has the same result."""
    fixed = ("--seed", "1", "--max-examples", str(examples), "--continue-on-failure", "--warnings", "off")
    # Each answer of the slow job takes seconds: that is what it is for.
    fixed += ("--exclude-path", "/simulations/sync")
    schemathesis = Path(sys.executable).parent / "schemathesis"
    said = run(schemathesis, "run", f"{url}/openapi.json", *fixed, *options, cwd=folder, env=HOOKS)
    assert "No issues found" in said
