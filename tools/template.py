"""The template: where it lies, what belongs to it, and the digest of its content."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICE = "{{cookiecutter.project_slug}}"
# What belongs to the template next to its folders.
LOOSE = ("check_answers.py", "cookiecutter.json")
# Made by tools that run in the template where it lies. Cookiecutter would take it for a part of the service.
LITTER = ("__pycache__", ".*_cache", ".venv", ".env", ".coverage*", ".hypothesis", "uv.lock", "*.egg-info")


def contents() -> Iterator[Path]:
    """Every file that a render depends on, in a fixed order."""
    yield from (ROOT / name for name in LOOSE)
    for folder in ("hooks", SERVICE):
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            litter = any(Path(part).match(pattern) for part in parts for pattern in LITTER)
            if path.is_file() and not litter:
                yield path


def digest() -> str:
    """The same for the same template, wherever it lies."""
    total = hashlib.sha256()
    for path in contents():
        total.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def copy_template(target: Path, source: Path = ROOT) -> Path:
    """The template as a user's `git clone` would have it, without what tools have left in it."""
    for name in ("hooks", SERVICE):
        shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns(*LITTER))
    for name in LOOSE:
        shutil.copy(source / name, target)
    return target
