"""The jobs of a service's CI, and what a machine that runs them has: as its file says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

GITHUB, GITLAB = ".github/workflows/ci.yml", ".gitlab-ci.yml"
# What is no job in a file of GitLab.
KEYWORDS = {"workflow", "variables", "default"}


@dataclass(frozen=True)
class Job:
    name: str
    lines: tuple[str, ...]
    environment: Mapping[str, str]
    weekly: bool


def steps_of(name: str, job: dict[str, Any], shared: Mapping[str, str], weekly: bool) -> Job:
    """A job of GitHub, as on a push or as in the weekly run."""
    steps = [step for step in job["steps"] if "run" in step and (weekly or "if" not in step)]
    assert all(step.get("if", "github.event_name == 'schedule'").endswith("'schedule'") for step in steps)
    return Job(name, tuple(step["run"] for step in steps), {**shared, **job.get("env", {})}, weekly)


def github(text: str) -> Iterator[Job]:
    parsed = yaml.safe_load(text)
    for name, job in parsed["jobs"].items():
        yield steps_of(name, job, parsed["env"], weekly=False)
        if any("if" in step for step in job["steps"]):
            yield steps_of(name, job, parsed["env"], weekly=True)


def gitlab(text: str) -> Iterator[Job]:
    parsed = yaml.safe_load(text)
    for name, own in parsed.items():
        if name not in KEYWORDS:
            job = {**parsed["default"], **parsed.get(own.get("extends"), {}), **own}
            lines = (*job["before_script"], *job["script"])
            yield Job(name, lines, {**parsed["variables"], **job.get("variables", {})}, "rules" in job)


def jobs(service: Mapping[str, bytes]) -> list[Job]:
    """Those of the file that the service has."""
    if GITHUB in service:
        return [*github(service[GITHUB].decode("utf-8"))]
    return [*gitlab(service[GITLAB].decode("utf-8"))]


def images(text: str) -> set[str]:
    """What a file of CI, a Dockerfile or a Compose file names: by a word, or as a row of services."""
    named = re.findall(r"^(?:FROM| *image:) (\S+)", text, re.MULTILINE)
    return {*named, *re.findall(r"^ *- ([a-z]+:[\w.-]+)$", text, re.MULTILINE)}
