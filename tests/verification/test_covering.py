"""The covering arrays have what they promise: counted again, without what chose their rows."""

from itertools import combinations

import pytest
from support.covering import covering
from support.known import DOMAINS
from support.options import CHOICES, DEFAULTS, QUESTIONS, can_be, possible

KINDS = tuple(DOMAINS.values())
SOME = ("database", "tasks", "auth")


@pytest.mark.parametrize(
    ("size", "kinds", "asked"),
    [
        *((size, KINDS, tuple(CHOICES)) for size in (1, 2, 3)),
        (2, KINDS[:3], tuple(CHOICES)),
        (2, KINDS[3:], SOME),
    ],
)
def test_all_answers_that_can_be_together_are(
    size: int, kinds: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    rows = covering(size, kinds, asked)
    default = {"domains": QUESTIONS["domains"]} | DEFAULTS
    axes = {
        question: answers if question in asked else [DEFAULTS[question]]
        for question, answers in CHOICES.items()
    }
    options = [
        (question, answer) for question, answers in {"domains": kinds, **axes}.items() for answer in answers
    ]
    wanted = [some for some in combinations(options, size) if len(dict(some)) == size]
    assert rows[0] == default
    found = {some for row in rows for some in combinations(row.items(), size)}
    assert found <= {*wanted, *combinations(default.items(), size)}
    assert [some for some in wanted if some not in found and can_be(dict(some))] == []
    assert all(possible(row) for row in rows)
