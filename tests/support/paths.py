"""Where things lie, and what is in a folder."""

import shutil
from functools import cache
from pathlib import Path

from template import LITTER, ROOT, SERVICE

RAW = ROOT / SERVICE
Files = dict[str, bytes]


def files(folder: Path) -> Files:
    """Every file below a folder, and what is in it."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}


def is_litter(path: Path) -> bool:
    """Whether a tool that ran here has left this file."""
    return any(Path(part).match(pattern) for part in path.parts for pattern in LITTER)


@cache
def raw_files() -> dict[str, Path]:
    """Every file of the raw template, by its path in the service."""
    found = {path.relative_to(RAW): path for path in sorted(RAW.rglob("*")) if path.is_file()}
    return {name.as_posix(): path for name, path in found.items() if not is_litter(name)}


def clone(folder: Path) -> Path:
    """The repository as `git clone` would give it."""
    ignored = shutil.ignore_patterns(*LITTER, ".git", ".tools", "build")
    return Path(shutil.copytree(ROOT, folder / ROOT.name, ignore=ignored))
