"""The Pythons of this machine, and environments with the releases that a service may get."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from .options import PROJECT
from .programs import run

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
RELEASES = {
    "as rendered": (),
    "newest": ("--exclude-newer", TOMORROW),
    "lowest": ("--resolution", "lowest-direct"),
}


def candidates(version: str) -> Iterator[Path]:
    """Where a Python of this version may be; not pyenv's shims, which may lead to another."""
    if sys.version.startswith(f"{version}."):
        yield Path(sys.executable).resolve()
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    # Next to our own, too: the home may be another one, and say nothing.
    for installed in (pyenv / "versions", Path(sys.base_prefix).parent):
        yield from installed.glob(f"{version}.*/bin/python{version}")
    yield from Path("/usr/bin").glob(f"python{version}")
    if named := shutil.which(f"python{version}"):
        yield Path(named)


@cache
def interpreter(version: str) -> Path | None:
    return next((path for path in candidates(version) if "shims" not in path.parts), None)


def project() -> str:
    """What any service needs, on the day of proof."""
    needed, day = PROJECT["dependency-groups"]["service"], PROJECT["tool"]["uv"]["exclude-newer"]
    lines = ["[project]", 'name = "all-services"', 'version = "0"', 'requires-python = ">=3.11"']
    lines += [f"dependencies = {json.dumps(needed)}", "[tool.uv]", "package = false"]
    return "\n".join([*lines, f"exclude-newer = {json.dumps(day)}"])


def prepare(folder: Path, python: Path, releases: str) -> Path:
    """The Python of an environment with all that any service needs, made by `uv sync`."""
    if not folder.exists():
        folder.mkdir()
        (folder / "pyproject.toml").write_text(project(), encoding="utf-8")
        run("uv", "sync", "--python", python, *RELEASES[releases], cwd=folder)
    return folder / ".venv" / "bin" / "python"
