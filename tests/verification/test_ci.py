"""The CI of a service on its first push: each line of each job, in a fresh folder, with real servers."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from support.advisories import advisories
from support.factors import file
from support.fixtures import Render
from support.interpreters import interpreter
from support.known import label
from support.options import DEFAULTS, Answers
from support.paths import files
from support.pipelines import GITHUB, GITLAB, Job, jobs
from support.programs import run
from support.servers import Servers

pytestmark = pytest.mark.timeout(2400)

# The first one has each line of its file, and each server; what differs in the other file comes weekly.
ROWS = [
    DEFAULTS | {"domains": "invoices", "ci": "github", "database": "postgresql", "tasks": "redis"},
    DEFAULTS | {"domains": "invoices", "ci": "gitlab", "database": "none", "tasks": "redis"},
    DEFAULTS | {"ci": "github", "deployment": "none"},
    DEFAULTS | {"ci": "gitlab", "database": "postgresql", "tasks": "postgresql"},
]
# All of them take ten minutes: they run weekly.
SOME_TESTS = {"PYTEST_ADDOPTS": "--cov-fail-under=0 tests/domains tests/test_main.py"}
# What changes the machine, or needs an engine for containers, is written down and not done.
WRITTEN = ("apk", "docker", "pip")
# The addresses of the servers of a job, and what takes their places here.
DECLARED = {
    "postgresql://postgres:test@127.0.0.1:5432/test": "postgresql",
    "postgresql://postgres:test@postgres/test": "postgresql",
    "redis://127.0.0.1:6379/0": "redis",
    "redis://redis:6379/0": "redis",
}


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in WRITTEN:
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/written\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def surroundings(job: Job, servers: Servers) -> dict[str, str]:
    """What a job states, with our servers in the places of those that it declares."""
    stated = {**job.environment}
    for name, address in job.environment.items():
        if server := DECLARED.get(address):
            [stated[name]] = servers.get(server).settings().values()
    return {**stated, "CI": "true"}


@pytest.mark.parametrize(
    ("answers", "tests"),
    [
        pytest.param(ROWS[0], SOME_TESTS, marks=pytest.mark.long, id="some tests"),
        *(pytest.param(row, {}, marks=pytest.mark.weekly, id=label(row)) for row in ROWS),
    ],
)
def test_each_line_of_each_job_is_green_on_the_first_push(
    answers: Answers,
    tests: dict[str, str],
    render: Render,
    new_servers: Servers,
    programs: Path,
    tmp_path: Path,
) -> None:
    service = render(tmp_path, answers)
    python = interpreter(answers["python_version"]) or Path(sys.executable)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    for job in jobs(files(service)):
        if not job.weekly:
            checkout = shutil.copytree(service, tmp_path / job.name)
            with advisories() as address:
                ours = {"PATH": path, "ADVISORIES": address, "UV_PYTHON": str(python)}
                env = {**surroundings(job, new_servers), **ours, **tests}
                lines = "\n".join(job.lines)
                said = run("bash", "-euo", "pipefail", "-c", lines, cwd=checkout, env=env, timeout=1200)
            assert " skipped" not in said, said
    if answers["deployment"] != "none":
        assert "--sbom=true --provenance=mode=max" in (tmp_path / "written").read_text(encoding="utf-8")


def test_the_servers_of_a_job_are_those_of_its_addresses() -> None:
    """What the test above puts in their places is what the files declare."""
    for path in (GITHUB, GITLAB):
        for _, content in file(path).texts():
            test = next(job for job in jobs({path: content}) if job.name == "test")
            parsed = yaml.safe_load(content)
            declared = (parsed if path == GITLAB else parsed["jobs"])["test"].get("services", [])
            names = {"postgres" if "postgres" in image else "redis" for image in declared}
            ours = {DECLARED[address] for address in test.environment.values() if address in DECLARED}
            assert {name.removesuffix("ql") for name in ours} == names
