"""The tables of the hook and the folders of overlays: all that they name is there, and says one thing."""

from itertools import combinations

import pytest
from support.factors import file
from support.fixtures import QuickBake
from support.options import CHOICES, OPTIONS, can_be, with_answer
from support.overlays import OVERLAYS, OWNED, Overlay, overlays, owners, read_name
from support.places import paths


@pytest.mark.parametrize("row", OWNED)
def test_what_an_option_owns_is_there_and_may_go(row: str) -> None:
    overlay = read_name(row)
    assert {(overlay.question, answer) for answer in overlay.answers} <= {*OPTIONS}
    for path in OWNED[row]:
        assert any(name == path or name.startswith(f"{path}/") for name in paths()), path


def test_every_owned_path_goes_with_some_answer() -> None:
    """A path that every answer of a question keeps would be owned in vain."""
    for path in paths():
        for question, keeping in owners(path):
            assert {*keeping} < {*CHOICES[question]}, path


@pytest.mark.parametrize("folder", overlays())
def test_the_name_of_an_overlay_is_its_condition(folder: str) -> None:
    overlay = read_name(folder)
    assert {*overlay.answers} < {*CHOICES[overlay.question]}
    assert len({*overlay.answers}) == len(overlay.answers)


def can_meet(one: Overlay, other: Overlay) -> bool:
    """Whether some service gets both."""
    pairs = [(mine, theirs) for mine in one.answers for theirs in other.answers]
    if one.question == other.question:
        return any(mine == theirs for mine, theirs in pairs)
    return any(can_be({one.question: mine, other.question: theirs}) for mine, theirs in pairs)


def test_no_two_overlays_bring_the_same_file_together() -> None:
    """Else it would depend on their order which one stays."""
    both = [(path, pair) for path, found in paths().items() for pair in combinations(found, 2)]
    assert [path for path, pair in both if can_meet(*pair)] == []


def test_every_file_of_an_overlay_is_in_some_service() -> None:
    for path in paths():
        assert file(path).texts(), path


@pytest.mark.parametrize(("question", "answer"), OPTIONS)
def test_no_overlay_is_left_in_a_service(question: str, answer: str, quick_bake: QuickBake) -> None:
    with quick_bake(**with_answer(question, answer)) as service:
        assert not (service / OVERLAYS).exists()
        assert [*service.rglob("*widgets*")] == [
            path for path in service.rglob("*widgets*") if "scripts" in path.parts
        ]
