"""Fault injection: what people get wrong is planted on purpose, and the test that is meant to catches it."""

import sys
from pathlib import Path

import pytest
from support.fixtures import Record
from support.paths import clone
from support.planted import FAULTS
from support.programs import NOTHING, attempt

pytestmark = [pytest.mark.planted, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, tmp_path: Path, record_property: Record) -> None:
    fault = FAULTS[name]
    checkout = clone(tmp_path)
    text = (checkout / fault.file).read_text(encoding="utf-8")
    assert fault.old in text, "the fault finds no place: plant it again"
    (checkout / fault.file).write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")
    options = ["-m", "", "--numprocesses=0", "-x", "-vv", "-k", fault.chosen]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, fault.test]
    code, said = attempt(command, checkout, NOTHING, 900)
    assert code == 1, said
    assert fault.message in said, said
    record_property("planted faults caught", 1)
