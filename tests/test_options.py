"""What is offered: what cannot be together is in no combination of the proof, and is refused."""

from pathlib import Path

import pytest
from support import options
from support.covering import complete, possible_together
from support.fixtures import Render
from support.known import KNOWN
from support.options import DEFAULTS, EXTREMES, IMPOSSIBLE, OPTIONS, completions, possible, with_answer
from support.servers import SERVERS


def test_what_cannot_be_together_is_in_no_combination(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len([*completions({})])
    new = {(("database", "none"), ("ci", ci)): "choose a database" for ci in ("github", "gitlab")}
    monkeypatch.setattr(options, "IMPOSSIBLE", IMPOSSIBLE | new)
    assert 0 < len([*completions({})]) < before
    assert not possible({**DEFAULTS, "database": "none", "ci": "gitlab"})
    assert complete({"database": "none", "ci": "github"}, set()) is None
    assert frozenset({("database", "none"), ("ci", "github")}) not in possible_together(2)
    assert all(possible(with_answer(*option)) for option in OPTIONS)


@pytest.mark.parametrize("pairs", IMPOSSIBLE, ids=str)
def test_the_template_refuses_what_cannot_be_together(
    pairs: tuple[tuple[str, str], ...], render: Render, tmp_path: Path
) -> None:
    """By the same table, with its remedy, and nothing is left."""
    with pytest.raises(SystemExit, match=IMPOSSIBLE[pairs]):
        render(tmp_path, dict(pairs))
    assert [*tmp_path.iterdir()] == []


def test_the_extremes_can_be() -> None:
    assert all(possible(answers) for answers in EXTREMES.values())
    assert len({str(answers) for answers in EXTREMES.values()}) == len(EXTREMES)


def test_every_server_that_is_needed_is_known() -> None:
    assert {known.server for known in KNOWN.values()} - {""} <= {*SERVERS}
