"""The repository itself: the template runs as it lies, unrendered; its lists agree; all of it is linted."""

import os
import sys
import tomllib
from pathlib import Path

import pytest
from support.options import PROJECT, QUESTIONS
from support.paths import RAW, ROOT, raw_files
from support.programs import run
from support.tidy import PARSERS
from template import LITTER


def litter() -> set[Path]:
    return {path for pattern in LITTER for path in RAW.rglob(pattern)}


# Every file of the raw template that some parser can read.
SOURCES = [name for name, path in raw_files().items() if path.suffix in PARSERS]


@pytest.mark.parametrize("name", SOURCES)
def test_every_file_parses_before_it_is_rendered(name: str) -> None:
    path = RAW / name
    PARSERS[path.suffix](path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "--no-cache"), ("ruff", "format", "--check", "--no-cache"), ("ty", "check")],
    ids=" ".join,
)
def test_everything_here_is_linted(command: tuple[str, ...]) -> None:
    """Each folder by the rules that are nearest: the raw template by its own."""
    run(sys.executable, "-m", *command, cwd=ROOT, env={"VIRTUAL_ENV": sys.prefix})


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_the_raw_template_is_linted_by_its_own_rules(command: tuple[str, ...]) -> None:
    run(sys.executable, "-m", "ruff", *command, "--no-cache", "--config", "pyproject.toml", ".", cwd=RAW)


def test_the_raw_template_passes_its_own_tests_where_it_lies(tmp_path: Path) -> None:
    before = litter()
    clean = {"PYTHONDONTWRITEBYTECODE": "1", "COVERAGE_FILE": str(tmp_path / ".coverage")}
    # Without its slow tests: those of services that were rendered are the same.
    pytest_here = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
    said = run(*pytest_here, cwd=RAW, env=clean)
    assert " passed" in said
    assert " skipped" not in said
    assert litter() <= before


def test_the_environment_here_is_that_of_every_service() -> None:
    """Else a service would be proven with packages that it does not get."""
    raw = tomllib.loads((RAW / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [raw["project"]["dependencies"], *raw["dependency-groups"].values()]
    asked = {line for group in lists for line in group if isinstance(line, str)}
    assert sorted(asked) == sorted(PROJECT["dependency-groups"]["service"])


def test_the_day_of_proof_is_one() -> None:
    assert PROJECT["tool"]["uv"]["exclude-newer"] == QUESTIONS["_proven_on"]


def test_ci_calls_what_people_call() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    run("bash", "-n", script, cwd=ROOT)
    assert script.read_text(encoding="utf-8").endswith("make test\nexec make ci\n")
    assert "run: .ci/run\n" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def test_every_verb_of_the_repository_is_explained() -> None:
    said = run("make", cwd=ROOT)
    assert {line.split()[0] for line in said.splitlines()} == {
        "help",
        "run",
        "new",
        "site",
        "test",
        "ci",
        "proof",
        "faults",
        "bench",
        "gallery",
        "check",
        "fix",
    }
