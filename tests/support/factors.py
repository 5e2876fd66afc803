"""Factors of the proof: what a rendered file contains depends on few questions.

Which they are is read from its conditions, its overlays and its owners. A file that names few is a factor as
a whole; one that names many, such as the README, is the sum of its blocks, and each block is a factor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import product

from .jinja import VALUES, compiled, parsed, questions_in, text
from .options import Answers, can_be
from .paths import raw_files
from .places import is_copied, origin, origins, paths, placing

# A file with more questions than this is not rendered in all of their combinations.
FEW = 3
Render = Callable[[Mapping[str, str]], bytes | None]


@dataclass(frozen=True)
class Factor:
    """A file or a block, and the few questions on which its text depends."""

    name: str
    questions: tuple[str, ...]
    render: Render

    def states(self) -> list[Answers]:
        """Every possible combination of the answers to its questions."""
        rows = product(*(VALUES[question] for question in self.questions))
        states = (dict(zip(self.questions, row, strict=True)) for row in rows)
        return [state for state in states if can_be(state)]

    def texts(self) -> list[tuple[Answers, bytes]]:
        """Its text in each of its states in which it is there."""
        found = ((state, self.render(state)) for state in self.states())
        return [(state, content) for state, content in found if content is not None]


def in_order(questions: set[str]) -> tuple[str, ...]:
    return tuple(question for question in VALUES if question in questions)


@cache
def content_of(source: str) -> Callable[[Mapping[str, str]], bytes]:
    """How a file of the raw template becomes text."""
    if is_copied(source):
        content = raw_files()[source].read_bytes()
        return lambda answers: content
    return partial(text, compiled(parsed(source).body))


def render_path(path: str, questions: tuple[str, ...], answers: Mapping[str, str]) -> bytes | None:
    """The file at this path; it sees no answer but those to its own questions."""
    source = origin(path, answers)
    own = {question: answers[question] for question in questions if question in answers}
    return content_of(source)(own) if source else None


@cache
def file(path: str) -> Factor:
    """A file as a whole."""
    inside = {name for each in origins(path) if not is_copied(each) for name in questions_in(parsed(each))}
    questions = in_order(placing(path) | inside)
    return Factor(path, questions, partial(render_path, path, questions))


def render_block(path: str, source: str, block: Render, answers: Mapping[str, str]) -> bytes | None:
    return block(answers) if origin(path, answers) == source else None


@cache
def blocks(path: str) -> list[Factor]:
    """The parts of a file from one condition to the next."""
    found = []
    for source in origins(path):
        for node in parsed(source).body:
            questions = in_order(placing(path) | {*questions_in(node)})
            block = partial(text, compiled([node]))
            render = partial(render_block, path, source, lambda answers, block=block: block(answers))
            found.append(Factor(f"{source}:{node.lineno}", questions, render))
    return found


def asks_much(path: str) -> bool:
    return len(file(path).questions) > FEW


@cache
def factors() -> list[Factor]:
    """All of them: files that name few questions, and the blocks of the others."""
    return [factor for path in paths() for factor in (blocks(path) if asks_much(path) else [file(path)])]
