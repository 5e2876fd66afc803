"""The results of tests, as pytest writes them: of one template only, each test as it was run last."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, parse

from template import ROOT

ABSENT = "not in this run"
Test = tuple[str, str]
"""The module of a test, and its name."""


@dataclass(frozen=True)
class Result:
    """One test: whether it proved something, proved nothing, or was not run."""

    module: str
    name: str
    outcome: str
    reason: str = ""
    seconds: float = 0
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def test(self) -> Test:
        return self.module, self.name


def read(case: Element) -> Result:
    properties = {str(each.get("name")): str(each.get("value")) for each in case.iter("property")}
    outcome, reason = "passed", ""
    if case.find("failure") is not None or case.find("error") is not None:
        outcome = "failed"
    elif (skipped := case.find("skipped")) is not None:
        outcome, reason = "not run", str(skipped.get("message"))
    elif "ran nothing" in properties:
        outcome, reason = "ran nothing", properties["ran nothing"]
    module, name, seconds = case.get("classname"), case.get("name"), case.get("time")
    return Result(str(module), str(name), outcome, reason, float(seconds or 0), properties)


def refuse(problems: list[str]) -> None:
    if problems:
        sys.exit("\n".join(["Nothing is proven:", *problems]))


def results(paths: list[str], digest: str) -> list[Result]:
    """What these files hold; all of it must be of this template, and nothing may have failed."""
    runs = [read(case) for path in paths for case in parse(path).getroot().iter("testcase")]
    others = {run.properties.get("template", "no template") for run in runs} - {digest}
    refuse([f"results of another template: {other}" for other in sorted(others)])
    found = [*{run.test: run for run in runs}.values()]
    refuse([f"failed: {result.name}" for result in found if result.outcome == "failed"])
    refuse([] if found else ["no results"])
    return found


def collected() -> Iterator[Test]:
    """Every test that there is."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-m", "", "tests"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        path, mark, name = line.partition("::")
        if mark:
            yield path.removesuffix(".py").replace("/", "."), name


def with_absent(found: list[Result], tests: list[Test]) -> list[Result]:
    """Together with a result for every test that was not in the run."""
    ran = {result.test for result in found}
    return found + [Result(*test, "not run", ABSENT) for test in tests if test not in ran]


def source(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")
