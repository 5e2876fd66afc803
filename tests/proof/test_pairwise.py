"""Sets of answers in which every two meet: linted, typed, layered and tested, on real servers."""

import sys
from itertools import combinations
from pathlib import Path

import pytest
from checks import code_of
from conftest import Bake, Claim, Record, Rendered, files, ruff_complains
from offered import AXES, DEFAULTS, covering, label, needed_servers, possible
from proving import (
    check_migrations,
    check_types,
    folders_of_parts,
    proven_elsewhere,
    run_tests,
    same_parts,
)
from servers import Servers

# `make test` has every answer once, CI every two together, and `make proof` every three.
LAYERS = ((1, ()), (2, pytest.mark.long), (3, pytest.mark.weekly))
ROWS = {label(answers): (answers, marks) for size, marks in reversed(LAYERS) for answers in covering(size)}


@pytest.mark.parametrize(
    "answers", [pytest.param(row, marks=marks, id=name) for name, (row, marks) in ROWS.items()]
)
def test_a_service_is_proven(
    answers: dict[str, str],
    bake: Bake,
    rendered: Rendered,
    claim: Claim,
    servers: Servers,
    tmp_path_factory: pytest.TempPathFactory,
    record_property: Record,
) -> None:
    """By every check that it brings itself, and by the stricter type checker."""
    service = bake(**answers)
    made = files(service)
    assert ruff_complains(service) == ""
    new = claim(f"proven {code_of(made)}")
    if new:
        python = Path(sys.executable)
        check_types(service, python.parent, tmp_path_factory.getbasetemp())
        if same_parts(made) == same_parts(rendered(**DEFAULTS)):
            # They are run by the default's own `make check`, in `test_extremes.py`.
            left_out = folders_of_parts(service)
        else:
            left_out = proven_elsewhere(service, made, claim)
        # To measure what they cover takes them half as long again: that is for CI.
        run_tests(service, python, left_out, measured=answers not in covering(1))
        check_migrations(service, python, servers.settings(needed_servers(answers)))
    record_property("services", 1)
    record_property("different code proven", int(new))


def test_every_two_answers_that_can_meet_do() -> None:
    """Counted anew, without what chose the sets."""
    options = [(question, answer) for question, answers in AXES.items() for answer in answers]
    pairs = [pair for pair in combinations(options, 2) if pair[0][0] != pair[1][0]]
    met = {pair for row in covering(2) for pair in combinations(row.items(), 2)}
    assert met <= {*pairs}
    assert [pair for pair in pairs if pair not in met and possible(dict(pair))] == []
    assert all(possible(row) for row in covering(2))
