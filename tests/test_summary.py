"""What a run says of itself: a table of times by file, and the template in every result."""

import os
import re
import sys
from pathlib import Path
from xml.etree.ElementTree import parse

import template
from support.paths import ROOT
from support.programs import attempt

TESTS = """
import pytest

def test_good():
    pass

def test_bad():
    raise OSError

def test_without_work(record_property):
    record_property("ran nothing", "same code")

@pytest.mark.skip("no server")
def test_left_out():
    pass
"""


def test_a_run_ends_with_a_table_and_names_its_template(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").touch()
    plugins = ("-p", "xdist", "-p", "support.summary")
    command = [sys.executable, "-m", "pytest", *plugins, "--junitxml=found.xml", "-n2"]
    here = {"PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "tools")])}
    here["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    _, said = attempt(command, tmp_path, here, 120)
    assert " passed  ran nothing  failed  not run  seconds\n" in said
    assert "\nnot run: 1, no server\n" in said
    assert re.search(r"^ +1 +1 +1 +1 +\d+  test_x.py$", said, re.MULTILINE), said
    cases = [*parse(tmp_path / "found.xml").getroot().iter("testcase")]
    found = [{each.get("name"): each.get("value") for each in case.iter("property")} for case in cases]
    assert len(found) == 4
    assert {about["template"] for about in found} == {template.digest()}
    assert all("Python" in str(about["run"]) for about in found)
