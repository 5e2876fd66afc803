"""What is rendered: text, complete, always the same; each answer brings what it promises."""

from fnmatch import fnmatch
from itertools import combinations
from pathlib import Path

import pytest
from binaryornot.check import is_binary
from support.covering import covering
from support.fixtures import Bake, Render, Rendered
from support.known import DATA, KNOWN
from support.options import CHOICES, OPTIONS, QUESTIONS, with_answer
from support.paths import files, raw_files
from support.rendering import hurry


@pytest.mark.parametrize(("question", "answer"), [option for option, known in KNOWN.items() if known.file])
def test_an_answer_is_what_brings_its_files(question: str, answer: str, rendered: Rendered) -> None:
    known = KNOWN[question, answer]
    for given in CHOICES[question]:
        found = rendered(**with_answer(question, given)).get(known.file, b"").decode("utf-8")
        assert (known.text in found) == (given in (answer, *known.included_in)), given


def test_something_is_known_of_every_answer_and_of_nothing_else() -> None:
    """What is not known is not proven: no answer may be offered without its row."""
    assert {*KNOWN} == {*OPTIONS}
    for option, known in KNOWN.items():
        assert known.file or option[1] == "none", option


@pytest.mark.parametrize("question", CHOICES)
def test_every_answer_makes_a_difference(question: str, rendered: Rendered) -> None:
    services = [rendered(**with_answer(question, answer)) for answer in CHOICES[question]]
    assert all(one != other for one, other in combinations(services, 2))


def test_no_text_is_taken_for_binary_and_left_unrendered() -> None:
    assert {name for name, path in raw_files().items() if is_binary(str(path))} <= DATA


def test_data_is_copied_as_it_is(rendered: Rendered) -> None:
    service = rendered(**with_answer("model_serving", "onnx"))
    for name in DATA:
        assert service[name] == raw_files()[name].read_bytes()
        # By this list: whether cookiecutter takes a file for binary depends on its first bytes.
        assert any(fnmatch(name, pattern) for pattern in QUESTIONS["_copy_without_render"])


def test_without_hooks_everything_is_there(render: Render, tmp_path: Path) -> None:
    assert files(render(tmp_path, {}, accept_hooks=False)).keys() == raw_files().keys()


def test_no_folder_of_a_service_is_empty(render: Render, tmp_path: Path) -> None:
    """With each pair of answers: what two options share is gone when neither was chosen."""
    with hurry():
        for number, answers in enumerate(covering(2)):
            service = render(tmp_path / str(number), answers)
            folders = [path for path in service.rglob("*") if path.is_dir()]
            assert [path for path in folders if not any(path.iterdir())] == [], answers


def test_the_same_answers_make_the_same_service(bake: Bake) -> None:
    answers = {"domains": "users, orders, person:people, order_lines", "project_name": 'The "Shop"'}
    assert files(bake(**answers)) == files(bake(**answers))
