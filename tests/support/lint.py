"""Ruff, with the rules of the folder that it looks at."""

import subprocess
import sys
from pathlib import Path


def ruff_complains(folder: Path) -> str:
    """What ruff's linter and formatter would change, by the folder's own rules."""
    said = ""
    for command in (["check"], ["format", "--diff"]):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        said += run.stdout if run.returncode else ""
    return said
