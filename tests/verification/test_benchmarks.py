"""`make bench`: each section renders services, measures them next to bare FastAPI, and prints its rows."""

import json
import sys
from pathlib import Path

import pytest
from support.paths import ROOT
from support.programs import run

SECTIONS = ("requests", "edge", "auth", "domains", "lists", "latency", "predictions", "tasks")
pytestmark = [pytest.mark.weekly, pytest.mark.xdist_group("fresh"), pytest.mark.timeout(1200)]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_prints_its_rows(section: str, tmp_path: Path) -> None:
    """One round is enough to see that it runs; it says nothing about speed."""
    report = tmp_path / "bench.json"
    options = ("--rounds", "1", "--only", section, "--json", report)
    said = run(sys.executable, "-m", "benchmarks", *options, cwd=ROOT, timeout=1000)
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    assert rows
    assert {row["section"] for row in rows} == {section}
    assert len([line for line in said.splitlines() if line.startswith(section)]) == len(rows)


def test_no_section_is_left_out() -> None:
    said = run(sys.executable, "-m", "benchmarks", "--help", cwd=ROOT)
    assert f"{{{','.join(SECTIONS)}}}" in said
