"""Hostile answers, typed and given: each is refused in words with nothing on disk, or arrives as it was."""

import tempfile
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.answering import FREE, Way, can_be_typed, give, type_in
from support.fixtures import Record
from support.options import Answers
from support.paths import files
from support.rendering import hurry
from support.tidy import unreadable_files
from support.watch import only_in
from test_answers import AWKWARD, HOSTILE, MISSPELT, TEXTS, carried

PIECES = (
    *(text for text in (*AWKWARD, *HOSTILE, *MISSPELT) if len(text) < 100),
    *(
        "../",
        "/",
        "..",
        "~",
        "$(touch x)",
        "`touch x`",
        "; touch x",
        "| x",
        "\x00",
        "\r",
        "\n",
        "\u2028",
        "\ud800",
    ),
    *("{{", "}}", "{%", "%}", "{#", "# %", "{{ 1 }}", "{{ cookiecutter }}", "{% raw %}", "# % if x"),
    *("users", "orders", ",", ":", "_", "none", "person:people", "widgets", "my-service", "con"),
)
TEXT = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=6).map("".join)
COMBINATIONS = st.dictionaries(st.sampled_from(FREE), TEXT, min_size=1)


def check_refusal(error: BaseException) -> None:
    """In words, which name an answer."""
    assert isinstance(error, SystemExit), repr(error)
    assert any(f"{name}: " in str(error) for name in FREE), repr(error)


def check_service(service: Path, texts: Answers, folder: Path) -> None:
    assert [*(folder / "out").iterdir()] == [service]
    assert unreadable_files(files(service)) == []
    found = carried(service)
    for name in {*texts} & {*TEXTS}:
        assert {*found[name]} == {texts[name]}


def attempt(way: Way, template: Path, answers: Answers) -> str:
    """Answer so, in a folder of its own, beyond which nothing may change; the outcome."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        with patch.object(tempfile, "tempdir", str(folder / "tmp")), hurry(), only_in(folder):
            try:
                service = way(template, folder, answers)
            except (Exception, SystemExit) as error:
                check_refusal(error)
                assert not (folder / "out").exists()
                return "refused"
        change = str.strip if way is type_in else str
        check_service(service, {name: change(text) for name, text in answers.items()}, folder)
        return "rendered"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("examples", [100, pytest.param(1000, marks=pytest.mark.weekly)])
@pytest.mark.parametrize("way", [give, type_in])
def test_whatever_is_answered_nothing_breaks(
    way: Way, examples: int, template: Path, record_property: Record
) -> None:
    outcomes = Counter[str]()
    slow = [HealthCheck.filter_too_much, HealthCheck.too_slow]

    @settings(deadline=None, max_examples=examples, suppress_health_check=slow)
    @given(COMBINATIONS.filter(can_be_typed) if way is type_in else COMBINATIONS)
    def answer(answers: Answers) -> None:
        outcomes[attempt(way, template, answers)] += 1

    answer()
    for outcome, number in outcomes.items():
        record_property(f"hostile answers {outcome}", number)
    assert min(outcomes["refused"], outcomes["rendered"]) > 0


def test_a_write_elsewhere_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    with only_in(tmp_path / "inside"):
        (tmp_path / "inside" / "here").touch()
    with pytest.raises(AssertionError, match="elsewhere"), only_in(tmp_path / "inside"):
        (tmp_path / "elsewhere").touch()
