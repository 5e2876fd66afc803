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


def complete(
    answers: Answers, wanted: set[Together], size: int = 2, axes: Mapping[str, list[str]] = AXES
) -> Answers | None:
    """Answer the open questions so that many wanted ones are together; None when that cannot be."""
    if not possible(answers):
        return None
    missing = next((question for question in axes if question not in answers), None)
    if missing is None:
        return {question: answers[question] for question in axes}
    choices = [{**answers, missing: answer} for answer in axes[missing]]
    choices.sort(key=lambda choice: -len(contained(choice, size) & wanted))
    return next(filter(None, (complete(choice, wanted, size, axes) for choice in choices)), None)


def possible_together(size: int, axes: Mapping[str, list[str]] = AXES) -> list[Together]:
    """All that some service may have together, in the order of the questions."""
    found = []
    for names in combinations(axes, size):
        rows = product(*(axes[name] for name in names))
        found += [frozenset(zip(names, row, strict=True)) for row in rows]
    return [together for together in found if complete(dict(together), set(), size, axes)]


@cache
def covering(
    size: int, domains: tuple[str, ...] = tuple(DOMAINS.values()), asked: tuple[str, ...] = tuple(CHOICES)
) -> list[Answers]:
    """Combinations in which all answers of so many questions are together; the first is the default.

    Of the answers to `domains`, those that are given; what is not asked has its default.
    """
    rows = [{"domains": QUESTIONS["domains"]} | DEFAULTS]
    given = {name: answers if name in asked else [DEFAULTS[name]] for name, answers in CHOICES.items()}
    axes = {"domains": [*domains], **given}
    todo = possible_together(size, axes)
    while todo := [together for together in todo if not together <= {*rows[-1].items()}]:
        row = complete(dict(todo[0]), {*todo}, size, axes)
        assert row
        rows.append(row)
    return rows
