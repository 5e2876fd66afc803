"""A whole service is exactly the union of its factors: what cookiecutter and the hooks make, and no more."""

import random
from itertools import islice
from pathlib import Path

import pytest
from support.covering import AXES, covering
from support.fixtures import QuickBake, Record
from support.known import DOMAINS, PARTS, label
from support.options import Answers, possible
from support.paths import files
from support.union import completed, union
from support.unused import unused

SEED = 11


def sample(number: int) -> list[Answers]:
    """Combinations drawn by a fixed seed."""
    draw = random.Random(SEED)
    drawn = ({name: draw.choice(values) for name, values in AXES.items()} for _ in iter(int, 1))
    return [*islice(filter(possible, drawn), number)]


# CI has all triples of answers that choose a part, and the proof of each week all triples.
PARTS_ALONE = covering(3, (DOMAINS["two domains"], DOMAINS["no domain"]), PARTS)
LAYERS: list[tuple[list[Answers], list[pytest.MarkDecorator]]] = [
    ([*covering(3), *sample(100)], [pytest.mark.weekly]),
    ([*PARTS_ALONE, *sample(30)], [pytest.mark.long]),
    (covering(2), []),
]
# Of the layers that have a combination, the last.
ROWS = {label(row): pytest.param(row, id=label(row), marks=marks) for rows, marks in LAYERS for row in rows}


@pytest.mark.parametrize("answers", ROWS.values())
def test_a_service_is_the_union_of_its_factors(
    answers: Answers, quick_bake: QuickBake, tmp_path: Path, record_property: Record
) -> None:
    expected = union(answers, tmp_path)
    with quick_bake(**completed(answers)) as service:
        made = files(service)
    assert {*made} == {*expected}
    assert [name for name in made if made[name] != expected[name]] == []
    assert unused(made) == []
    record_property("whole services compared with the union of their factors", 1)
