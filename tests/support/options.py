"""What is offered, as cookiecutter.json and the hook say it: no combination is written by hand."""

import json
import tomllib
from collections.abc import Iterator, Mapping

from .hooks import PRE_GEN
from .paths import ROOT

Answers = dict[str, str]
Option = tuple[str, str]
"""A question and one of its answers."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES: dict[str, list[str]] = {
    name: known for name, known in QUESTIONS.items() if isinstance(known, list) and name[0] != "_"
}
OPTIONS: list[Option] = [(question, answer) for question, answers in CHOICES.items() for answer in answers]
DEFAULTS = {question: answers[0] for question, answers in CHOICES.items()}

# Answers that do not go together, by the hook that refuses them, and the remedy.
IMPOSSIBLE: dict[tuple[Option, ...], str] = PRE_GEN.IMPOSSIBLE


def possible(answers: Mapping[str, str]) -> bool:
    """Whether the hook lets these answers pass, of whatever it has been asked."""
    return not any(all(answers.get(name) == given for name, given in pair) for pair in IMPOSSIBLE)


def completions(answers: Mapping[str, str]) -> Iterator[Answers]:
    """Every possible combination that has these answers."""
    if not possible(answers):
        return
    missing = next((question for question in CHOICES if question not in answers), None)
    if missing is None:
        yield {**answers}
        return
    for answer in CHOICES[missing]:
        yield from completions({**answers, missing: answer})


def can_be(answers: Mapping[str, str]) -> bool:
    """Whether some service has these answers together."""
    return next(completions(answers), None) is not None


def with_answer(question: str, answer: str) -> Answers:
    """The defaults but for one answer, and for what must change with it."""
    given = {"domains": QUESTIONS["domains"]} | DEFAULTS | {question: answer}
    changes = ((name, other) for name, known in CHOICES.items() if name != question for other in known)
    combinations = [given, *({**given, name: other} for name, other in changes)]
    return next(filter(possible, combinations))


def everything() -> Answers:
    """For each question the last answer that is not "none" and goes with those before it."""
    answers: Answers = {}
    for question, known in CHOICES.items():
        choices = ({**answers, question: answer} for answer in reversed(known) if answer != "none")
        answers = next(filter(can_be, choices))
    return answers


def minimal() -> Answers:
    """Nothing that can be left out."""
    return {question: "none" if "none" in known else known[0] for question, known in CHOICES.items()}


EXTREMES = {"minimal": minimal() | {"domains": "none"}, "default": DEFAULTS, "everything": everything()}
