"""Covering arrays: few combinations in which all pairs, or all triples, of answers are together."""

from collections.abc import Mapping
from functools import cache
from itertools import combinations, product

from .known import DOMAINS
from .options import CHOICES, DEFAULTS, QUESTIONS, Answers, Option, possible

AXES = {"domains": list(DOMAINS.values()), **CHOICES}
Together = frozenset[Option]
"""Answers of different questions in one service."""


def contained(answers: Mapping[str, str], size: int) -> set[Together]:
    return {frozenset(some) for some in combinations(answers.items(), size)}


def complete(answers: Answers, wanted: set[Together], size: int = 2) -> Answers | None:
    """Answer the open questions so that many wanted ones are together; None when that cannot be."""
    if not possible(answers):
        return None
    missing = next((question for question in AXES if question not in answers), None)
    if missing is None:
        return {question: answers[question] for question in AXES}
    choices = [{**answers, missing: answer} for answer in AXES[missing]]
    choices.sort(key=lambda choice: -len(contained(choice, size) & wanted))
    return next(filter(None, (complete(choice, wanted, size) for choice in choices)), None)


def possible_together(size: int) -> list[Together]:
    """All that some service may have together, in the order of the questions."""
    found = []
    for names in combinations(AXES, size):
        rows = product(*(AXES[name] for name in names))
        found += [frozenset(zip(names, row, strict=True)) for row in rows]
    return [together for together in found if complete(dict(together), set())]


@cache
def covering(size: int) -> list[Answers]:
    """Combinations in which all answers of so many questions are together; the first is the default."""
    rows = [{"domains": QUESTIONS["domains"]} | DEFAULTS]
    todo = possible_together(size)
    while todo := [together for together in todo if not together <= {*rows[-1].items()}]:
        row = complete(dict(todo[0]), {*todo}, size)
        assert row
        rows.append(row)
    return rows
