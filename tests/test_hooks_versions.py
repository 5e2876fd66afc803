"""Cookiecutter of other years: each from 2.1 on makes the same, and an older one is told what it needs."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.cruft import assert_is
from support.fixtures import Bake
from support.programs import environment

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]
ANSWERS = {"project_name": 'The "Book" Shop', "domains": "Books, person:people", "license": "Apache-2.0"}
# Those that ask check_answers.py, and those before.
NEWER, OLDER = ("2.7.1", "2.6.0", "2.5.0", "2.4.0"), ("2.3.1", "2.2.3", "2.1.1")


def render(version: str, template: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """By `uvx`, as a user would."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv")
    tool = ["tool", "run", "--from", f"cookiecutter=={version}", "--with", "setuptools<80", "cookiecutter"]
    options = ["--default-config", "--no-input", "--output-dir", str(folder), str(template)]
    command = [uv, "--quiet", *tool, *options, *words]
    copies = folder.parent / "copies"
    copies.mkdir(exist_ok=True)
    return subprocess.run(
        command, env=environment({"TMPDIR": str(copies)}), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("version", NEWER + OLDER)
def test_another_cookiecutter_makes_the_same_service(
    version: str, template: Path, tmp_path: Path, bake: Bake
) -> None:
    run = render(version, template, tmp_path, *(f"{name}={answer}" for name, answer in ANSWERS.items()))
    assert run.returncode == 0, run.stderr
    assert_is(tmp_path / "the-book-shop", bake(**ANSWERS))


@pytest.mark.parametrize("version", NEWER + OLDER)
def test_another_cookiecutter_refuses_in_the_same_words(version: str, template: Path, tmp_path: Path) -> None:
    run = render(version, template, tmp_path / "out", "project_slug=../../Evil", "tasks=postgresql")
    assert run.returncode == 1
    assert run.stderr.startswith(
        "This service cannot be made:\n"
        "  - project_slug: use lower-case letters, digits and single dashes, at most 50 characters, "
        "such as 'evil'\n"
        "  - tasks: needs database=postgresql; or choose redis\n"
    )
    said = (run.stdout + run.stderr).splitlines()
    assert len(said) == 3 if version in NEWER else len(said) < 7
    assert "Traceback" not in run.stdout
    assert not (tmp_path / "out").exists() or not [*(tmp_path / "out").iterdir()]
    assert {path.name for path in tmp_path.iterdir()} <= {"out", "copies"}


@pytest.mark.parametrize("version", ["1.7.3"])
def test_a_cookiecutter_that_is_too_old_is_told_what_is_needed(
    version: str, template: Path, tmp_path: Path
) -> None:
    run = render(version, template, tmp_path / "out")
    assert run.returncode == 1
    assert run.stderr == "This template needs cookiecutter 2.1 or newer, such as: uvx cookiecutter\n"
    assert len(run.stdout.splitlines()) < 3
    assert not (tmp_path / "out").exists() or not [*(tmp_path / "out").iterdir()]
    assert {path.name for path in tmp_path.iterdir()} <= {"out", "copies"}
