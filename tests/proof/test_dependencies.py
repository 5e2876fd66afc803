"""Other releases and other Pythons: as rendered, the newest of today, the lowest that are allowed."""

import json
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from conftest import Bake, Claim, Record, files
from offered import PROJECT, covering, label
from proving import folders_of_parts, proven_elsewhere, run_tests
from running import run

pytestmark = pytest.mark.weekly

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
RELEASES = {
    "as rendered": (),
    "newest": ("--exclude-newer", TOMORROW),
    "lowest": ("--resolution", "lowest-direct"),
}


@cache
def interpreter(version: str) -> Path | None:
    """A Python of this version; of pyenv the Python itself, for its shims may lead to another."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [
        *pyenv.glob(f"versions/{version}.*/bin/python{version}"),
        *Path("/usr/bin").glob(f"python{version}"),
    ]
    if sys.version.startswith(f"{version}."):
        found.insert(0, Path(sys.executable).resolve())
    named = shutil.which(f"python{version}")
    usable = [path for path in (*found, *([Path(named)] if named else [])) if "shims" not in path.parts]
    return usable[0] if usable else None


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


def prepare(folder: Path, python: Path, releases: str) -> Path:
    """The Python of an environment with all that any service needs, made by `uv sync`."""
    if not folder.exists():
        folder.mkdir()
        project = {"name": "all-services", "version": "0", "requires-python": ">=3.11"}
        needed = PROJECT["dependency-groups"]["service"]
        lines = ["[project]", *(f"{name} = {json.dumps(text)}" for name, text in project.items())]
        lines += [f"dependencies = {json.dumps(needed)}", "[tool.uv]", "package = false"]
        lines += [f"exclude-newer = {json.dumps(PROJECT['tool']['uv']['exclude-newer'])}"]
        (folder / "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")
        run("uv", "sync", "--python", python, *RELEASES[releases], cwd=folder)
    return folder / ".venv" / "bin" / "python"


@pytest.mark.parametrize("answers", covering(2), ids=label)
@pytest.mark.parametrize(
    ("version", "releases"),
    # In one process: they share an environment.
    [
        pytest.param(*pair, marks=pytest.mark.xdist_group(" ".join(pair)), id=" ".join(pair))
        for pair in product(PYTHONS, RELEASES)
    ],
)
def test_a_service_works(
    version: str,
    releases: str,
    answers: dict[str, str],
    bake: Bake,
    claim: Claim,
    environments: Path,
    record_property: Record,
) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not present")
    service, where = bake(**answers), f"{version}-{releases.replace(' ', '-')}"
    made = files(service)
    left_out = proven_elsewhere(service, made, claim, version, releases)
    # Which domains there are is no matter of releases.
    if left_out != folders_of_parts(service):
        run_tests(service, prepare(environments / where, python, releases), left_out)
        record_property(f"Python {version}, {releases}", 1)
