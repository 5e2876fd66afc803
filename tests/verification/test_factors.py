"""Every combination, by its factors: each file, with each answer to the few questions that it names."""

import pytest
from support.covering import covering
from support.factors import FEW, Factor, asks_much, blocks, factors, file
from support.fixtures import Record
from support.known import KNOWN
from support.leftovers import leftovers, silent
from support.places import paths
from support.tidy import problem
from support.union import completed

FILES = [path for path in paths() if not asks_much(path)]
SUMS = [path for path in paths() if asks_much(path)]


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_whole_with_every_answer_to_its_questions(path: str, record_property: Record) -> None:
    factor = file(path)
    states = factor.texts()
    for state, content in states:
        assert problem(path, content) == "", state
        assert factor.render(state) == content, state
    assert states, "no service has it"
    record_property("files rendered with every answer to their questions", len(states))


@pytest.mark.parametrize("path", SUMS)
def test_a_file_that_names_many_questions_is_the_sum_of_its_blocks(path: str) -> None:
    """And whole in every row of a covering array: there each block stands next to its neighbours."""
    for row in covering(3):
        given = completed(row)
        content = file(path).render(given)
        parts = [block.render(own(block.questions, given)) for block in blocks(path)]
        assert content == (b"".join(filter(None, parts)) if any(parts) else None), row
        assert content is None or problem(path, content) == "", row


def own(questions: tuple[str, ...], answers: dict[str, str]) -> dict[str, str]:
    return {question: answers[question] for question in questions}


@pytest.mark.parametrize("factor", factors(), ids=lambda factor: factor.name)
def test_a_factor_names_few_questions(factor: Factor) -> None:
    assert len(factor.questions) <= FEW


def test_nothing_is_left_of_an_answer_that_was_not_chosen(record_property: Record) -> None:
    found = [problem for factor in factors() for problem in leftovers(factor)]
    assert found == []
    record_property("factors", len(factors()))
    record_property("states of factors", sum(len(factor.states()) for factor in factors()))


@pytest.mark.parametrize("option", [option for option, known in KNOWN.items() if known.words], ids="=".join)
def test_an_answer_shows_in_every_service_that_chose_it(option: tuple[str, str]) -> None:
    assert silent(option) == []
