"""The domains of every service: generated from each state of the template domain, with names of each kind."""

import json
from itertools import product
from pathlib import Path

import pytest
from support.factors import file, in_order
from support.fixtures import Record
from support.known import DOMAINS
from support.leftovers import implied, spoken
from support.options import CHOICES, Answers, can_be
from support.places import paths
from support.tidy import problem
from support.union import completed, generated, is_of_domains

QUESTIONS = in_order({name for path in paths() if is_of_domains(path) for name in file(path).questions})
STATES = [dict(zip(QUESTIONS, row, strict=True)) for row in product(*(CHOICES[name] for name in QUESTIONS))]


@pytest.mark.parametrize("kind", DOMAINS)
@pytest.mark.parametrize("state", [*filter(can_be, STATES)], ids=lambda state: ", ".join(state.values()))
def test_generated_domains_are_whole(
    kind: str, state: Answers, tmp_path: Path, record_property: Record
) -> None:
    made = generated(completed({**state, "domains": DOMAINS[kind]}), tmp_path / "one")
    assert made == generated(completed({**state, "domains": DOMAINS[kind]}), tmp_path / "other")
    for name, content in made.items():
        assert problem(name, content) == ""
        assert [group for group in spoken(name, content) if not implied(group, state)] == [], name
    record_property("states of generated domains", 1)


def test_the_script_reads_nothing_else(tmp_path: Path) -> None:
    """What lies next to the files of domains is not touched: it stays what its factors are."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "other.py").write_text(json.dumps("widgets"), encoding="utf-8")
    assert generated({}, tmp_path)["app/other.py"] == b'"widgets"'
