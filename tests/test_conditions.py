"""Conditions in the template: few files have them, each names what can be answered, and none nests deeply."""

from collections.abc import Iterator

import pytest
from jinja2 import nodes
from support.jinja import VALUES, attributes, parsed, plain
from support.known import COMPOSITION_ROOTS, DATA
from support.options import CHOICES, QUESTIONS
from support.paths import raw_files

TEXTS = [path for path in raw_files() if path not in DATA]


def conditions(path: str) -> list[nodes.Node]:
    """The outermost ones."""
    return [node for node in parsed(path).body if not isinstance(node, nodes.Output)]


def compared(tree: nodes.Node) -> Iterator[tuple[str, object]]:
    """The pairs of question and answer that the conditions compare."""
    for compare in tree.find_all(nodes.Compare):
        question = compare.expr.node if isinstance(compare.expr, nodes.Filter) else compare.expr
        assert isinstance(question, nodes.Getattr)
        for operand in compare.ops:
            answers = operand.expr.as_const()
            for answer in [answers] if isinstance(answers, str) else answers:
                yield question.attr, answer


def depth(node: nodes.Node) -> int:
    """How many conditions stand in one another; an `elif` counts as its `if`."""
    if isinstance(node, nodes.If):
        inner = max(map(depth, (*node.body, *node.else_)), default=0)
        return max(1 + inner, *map(depth, node.elif_), 0)
    return max(map(depth, node.iter_child_nodes()), default=0)


@pytest.mark.parametrize("path", TEXTS)
def test_every_condition_asks_for_an_answer_that_can_be_given(path: str) -> None:
    for question, answer in compared(parsed(path)):
        assert answer in (CHOICES | {"domains": ["none"]})[question]


@pytest.mark.parametrize("path", TEXTS)
def test_every_variable_is_a_question_or_comes_from_one(path: str) -> None:
    tree = parsed(path)
    assert {*attributes(tree)} <= {*QUESTIONS}
    used = {variable.name for variable in tree.find_all(nodes.Name) if variable.ctx == "load"}
    made = {variable.name for variable in tree.find_all(nodes.Name) if variable.ctx == "store"}
    assert used - made <= {"cookiecutter"}


def test_what_is_computed_from_answers_comes_from_texts_alone() -> None:
    """Else a file that names no question could depend on one."""
    computed = {name: text for name, text in QUESTIONS.items() if name.startswith("__") and name in plain()}
    for name, text in computed.items():
        assert not any(f"cookiecutter.{question} " in f"{text} " for question in CHOICES), name


def test_only_composition_roots_know_the_options() -> None:
    assert {path for path in TEXTS if conditions(path)} == COMPOSITION_ROOTS


@pytest.mark.parametrize("path", sorted(COMPOSITION_ROOTS))
def test_a_condition_names_at_most_two_questions_and_nests_at_most_once(path: str) -> None:
    """So the pairs have every block in each of its states, and a reader has two things in mind."""
    for condition in conditions(path):
        asked = {*attributes(condition)} & {*VALUES}
        assert len(asked) <= 2, condition.lineno
        assert depth(condition) <= 2, condition.lineno
