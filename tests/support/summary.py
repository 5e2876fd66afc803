"""What each run says of itself: which template it proved, and at its end a table of times by file."""

import os
import platform
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import template

OUTCOMES = ("passed", "failed", "error", "skipped")


@dataclass
class Row:
    """The tests of one file."""

    passed: int = 0
    ran_nothing: int = 0
    failed: int = 0
    not_run: int = 0
    seconds: float = 0

    def add(self, outcome: str, report: Any) -> None:
        nothing = "ran nothing" in dict(report.user_properties)
        self.passed += outcome == "passed" and not nothing
        self.ran_nothing += outcome == "passed" and nothing
        self.failed += outcome in ("failed", "error")
        self.not_run += outcome == "skipped"

    def __str__(self) -> str:
        counts = f"{self.passed:7} {self.ran_nothing:12} {self.failed:7} {self.not_run:8}"
        return f"{counts} {self.seconds:8.0f}"


def pytest_configure(config: pytest.Config) -> None:
    """Found out once, when a run begins: a template that is changed later is another one."""
    cores = len(os.sched_getaffinity(0))
    run = f"{date.today().isoformat()}, Python {platform.python_version()}, {cores} cores"
    config.stash[RUN] = [("template", template.digest()), ("run", run)]


RUN = pytest.StashKey[list[tuple[str, str]]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Every result says of which template it is."""
    item.user_properties += item.config.stash[RUN]


def reports(stats: dict[str, list[Any]]) -> Iterator[tuple[str, Any]]:
    for outcome, found in stats.items():
        yield from ((outcome, report) for report in found if hasattr(report, "duration"))


def reasons(stats: dict[str, list[Any]]) -> Counter[str]:
    """Why tests were not run."""
    skipped = (report for outcome, report in reports(stats) if outcome == "skipped")
    return Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line a file: what it did, and how long it took in all processes together."""
    rows = defaultdict[str, Row](Row)
    for outcome, report in reports(terminalreporter.stats):
        row = rows[report.nodeid.partition("::")[0]]
        row.seconds += report.duration
        if outcome in OUTCOMES:
            row.add(outcome, report)
    if not rows:
        return
    terminalreporter.section("times")
    terminalreporter.line(" passed  ran nothing  failed  not run  seconds")
    for name, row in sorted(rows.items(), key=lambda pair: -pair[1].seconds):
        terminalreporter.line(f"{row}  {name}")
    for reason, number in sorted(reasons(terminalreporter.stats).items()):
        terminalreporter.line(f"not run: {number}, {reason}")
