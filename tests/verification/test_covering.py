"""The covering arrays have what they promise: counted again, without what chose their rows."""

from itertools import combinations

import pytest
from support.covering import AXES, covering
from support.options import can_be, possible


@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_answers_that_can_be_together_are(size: int) -> None:
    options = [(question, answer) for question, answers in AXES.items() for answer in answers]
    wanted = [some for some in combinations(options, size) if len(dict(some)) == size]
    found = {some for row in covering(size) for some in combinations(row.items(), size)}
    assert found <= {*wanted}
    assert [some for some in wanted if some not in found and can_be(dict(some))] == []
    assert all(possible(row) for row in covering(size))
