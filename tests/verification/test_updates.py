"""Services that live on: `cruft update` keeps what a team has written, and every answer can change later."""

import json
import sys
from pathlib import Path

import pytest
from support.cruft import assert_is, commit, copy_history, create, earlier, git, update
from support.fixtures import Render
from support.options import DEFAULTS, OPTIONS, QUESTIONS, everything, minimal, with_answer
from support.suites import run_tests
from support.team import EDITS, edit, make_domain

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_history(tmp_path_factory.mktemp("history") / "template")


def test_an_update_keeps_the_work_of_a_team(history: Path, tmp_path: Path) -> None:
    service = create(history, tmp_path, {}, "--checkout", git(history, "rev-parse", earlier(history)))
    edit(service)
    make_domain(service)
    update(service)
    for name, _, new in EDITS:
        assert new in (service / name).read_text(encoding="utf-8"), name
    assert json.loads((service / ".cruft.json").read_text())["commit"] == git(history, "rev-parse", "HEAD")
    run_tests(service, Path(sys.executable))


def is_default(option: tuple[str, str]) -> bool:
    return option in DEFAULTS.items()


@pytest.mark.parametrize(("question", "answer"), [option for option in OPTIONS if not is_default(option)])
def test_every_answer_can_be_changed_later(
    question: str, answer: str, history: Path, render: Render, tmp_path: Path
) -> None:
    """There and back: each time the service is the one that was made with these answers at once."""
    (tmp_path / "made").mkdir()
    service = create(history, tmp_path / "made", {})
    there, back = with_answer(question, answer), with_answer(question, DEFAULTS[question])
    for number, answers in enumerate((there, back)):
        update(service, "--variables-to-update", json.dumps(answers))
        commit(service)
        assert_is(service, render(tmp_path / str(number), answers))


def test_everything_can_be_turned_on_in_a_service_that_a_team_has_changed(
    history: Path, tmp_path: Path
) -> None:
    """Then come the domains that it makes from now on; one made before would keep the shape of its day."""
    service = create(history, tmp_path, {**minimal(), "domains": QUESTIONS["domains"]})
    edit(service)
    update(service, "--variables-to-update", json.dumps(everything()))
    make_domain(service)
    run_tests(service, Path(sys.executable))
