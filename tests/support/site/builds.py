"""The page, built as `make site` builds it, from a history of the template."""

import sys
from pathlib import Path

from support.paths import ROOT
from support.programs import run

MOST_BYTES = 9_000_000
MOST_BEFORE_RENDERING = 300_000


def build(history: Path, folder: Path, *options: str) -> Path:
    """What people give to cookiecutter is the path of the history, so that cruft finds it."""
    words = ("--repository", history, "--template", history, "--output", folder, *options)
    run(sys.executable, ROOT / "tools" / "build_site.py", *words, cwd=ROOT)
    return folder


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
