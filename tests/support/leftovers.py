"""Words of answers: none of an answer that was not chosen is left, and each that was chosen shows."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from .factors import Factor, factors
from .jinja import VALUES
from .known import DATA, KNOWN, PORTABLE, SHARED, SPEAKING
from .options import CHOICES, Answers, Option, can_be

Group = tuple[str, tuple[str, ...]]
"""A question, and the answers of which a text speaks."""

WORDS: dict[Group, str] = {
    **{(question, (answer,)): known.words for (question, answer), known in KNOWN.items() if known.words},
    **SHARED,
}


@cache
def named_in(text: str) -> frozenset[Group]:
    """The answers whose words are in a text."""
    lines = text.splitlines()
    return frozenset(group for group, words in WORDS.items() if any(re.search(words, line) for line in lines))


def spoken(name: str, content: bytes) -> frozenset[Group]:
    """The answers that a file speaks of, in its name or its text."""
    path = name.rpartition(":")[0] or name
    here = named_in(re.sub("^overlays/[^/]+/", "", path))
    if path in SPEAKING:
        return frozenset()
    if path in DATA:
        return here
    # Which migration one follows is written when it is generated.
    text = re.sub(rf"^down_revision = .*$|{PORTABLE}", "", content.decode("utf-8"), flags=re.MULTILINE)
    return here | named_in(text)


def implied(group: Group, state: Mapping[str, str]) -> bool:
    """Whether every service with these answers has one of those too."""
    question, answers = group
    given = [state[question]] if question in state else CHOICES[question]
    return not any(can_be({**state, question: other}) for other in given if other not in answers)


def leftovers(factor: Factor) -> list[str]:
    """Where a file speaks of an answer that some service with this file has not chosen."""
    return [
        f"{factor.name} speaks of {question} = {' or '.join(answers)} with {state}"
        for state, content in factor.texts()
        for question, answers in spoken(factor.name, content)
        if not implied((question, answers), state)
    ]


def showing(option: Option) -> Iterator[Answers]:
    """The states of factors that speak of an answer."""
    for factor in factors():
        for state, content in factor.texts():
            if (option[0], (option[1],)) in spoken(factor.name, content):
                yield state


def silent(option: Option) -> list[Answers]:
    """The combinations of the questions concerned in which nothing speaks of an answer that was chosen."""
    question, answer = option
    states = [*showing(option)]
    silencer, with_answer = KNOWN[option].silent_with
    asked = {question, *(name for state in states for name in state), *filter(None, [silencer])}
    rows = product(*(VALUES[name] if name != question else [answer] for name in sorted(asked)))
    chosen = [dict(zip(sorted(asked), row, strict=True)) for row in rows]
    return [
        row
        for row in chosen
        if can_be(row)
        and row.get(silencer) != (with_answer or None)
        and not any(state.items() <= row.items() for state in states)
    ]
