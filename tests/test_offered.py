"""What is offered: what cannot be together is in no set of the proof, and is refused."""

from itertools import product

import offered
import pytest
from conftest import PRE_GEN, Render
from cookiecutter.exceptions import FailedHookException
from offered import DEFAULTS, EXTREMES, IMPOSSIBLE, KNOWN, complete, every_set, possible, possible_meetings
from servers import SERVERS


def test_what_cannot_be_together_is_in_no_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(every_set())
    pair = {"database": "none", "ci": ("github", "gitlab")}
    monkeypatch.setattr(offered, "IMPOSSIBLE", (*IMPOSSIBLE, (pair, "choose a database")))
    assert 0 < len(every_set()) < before
    assert not possible({**DEFAULTS, "database": "none", "ci": "gitlab"})
    assert complete({"database": "none", "ci": "github"}, set()) is None
    assert frozenset({("database", "none"), ("ci", "github")}) not in possible_meetings(2)
    assert all(possible(offered.with_answer(*answer)) for answer in offered.ANSWERS)


def test_the_hook_refuses_what_cannot_be_together(
    render: Render, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the same table, each with its remedy, and nothing is left."""
    for condition, remedy in getattr(PRE_GEN, "IMPOSSIBLE", ()):
        choices = [[answers] if isinstance(answers, str) else answers for answers in condition.values()]
        for row in product(*choices):
            folder = tmp_path_factory.mktemp("refused")
            with pytest.raises(FailedHookException):
                render(folder, dict(zip(condition, row, strict=True)))
            assert [*folder.iterdir()] == []
            assert remedy in capfd.readouterr().err


def test_the_extremes_can_be() -> None:
    assert all(possible(answers) for answers in EXTREMES.values())
    assert len({str(answers) for answers in EXTREMES.values()}) == len(EXTREMES)


def test_every_server_that_is_needed_is_known() -> None:
    assert {known.server for known in KNOWN.values()} - {""} <= {*SERVERS}
