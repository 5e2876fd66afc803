"""Rolling restarts: while each process is replaced, no request fails, and no write or task is lost."""

from pathlib import Path

import pytest
from support.chaos import ROLLED, run_rolling_restarts
from support.fixtures import Record, Render, Tell

pytestmark = [pytest.mark.xdist_group("rolling"), pytest.mark.timeout(1800)]
# Twenty of each in `make proof`.
RESTARTS = [pytest.param(3, marks=pytest.mark.long), pytest.param(17, marks=pytest.mark.weekly)]


@pytest.mark.parametrize("name", ROLLED)
@pytest.mark.parametrize("restarts", RESTARTS)
def test_a_rolling_restart_fails_no_request_and_loses_nothing(
    name: str, restarts: int, render: Render, tmp_path: Path, record_property: Record, tell: Tell
) -> None:
    answers = {**ROLLED[name], "domains": "users"}
    outcome = run_rolling_restarts(render(tmp_path / "service", answers), answers, restarts, tmp_path)
    tell(f"{name}: {outcome.requests} requests during {restarts} restarts")
    assert not outcome.failures, outcome.failures
    assert not outcome.lost_users
    assert not outcome.tasks.wrong, outcome.tasks
    assert outcome.tasks.accepted
    record_property(f"rolling restarts ({name})", restarts)
    record_property("requests during rolling restarts, none of which failed", outcome.requests)
