"""Random faults: what a client was told is accepted is neither lost, stuck nor doubled, on every backend."""

import json
from pathlib import Path

import httpx2
import pytest
from support.chaos import BACKENDS, FAULTS_IN_A_TRIAL, Verdict, deployed, run_trial, settled, wait_ready
from support.chaos.senders import PATH
from support.fixtures import Record, Render
from template import ROOT, digest

pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.timeout(1800)]
# CI has the first trial of each kind, `make proof` two hundred faults of each.
TRIALS = [pytest.param(0, marks=pytest.mark.long)]
TRIALS += [pytest.param(seed, marks=pytest.mark.weekly) for seed in range(1, 200 // FAULTS_IN_A_TRIAL)]
DONE = ROOT / "build" / "faults"


def judged(name: str, render: Render, seed: int, stumbling: bool, folder: Path) -> Verdict:
    """As it was found before for this very template, or now: two hundred faults take a quarter of an hour."""
    kept = DONE / digest() / f"{name}, {'stumbling, ' if stumbling else ''}{seed}.json"
    if kept.exists():
        return Verdict(**json.loads(kept.read_text()))
    answers = {**BACKENDS[name], "domains": "users"}
    verdict = run_trial(render(folder / "service", answers), answers, seed, stumbling, folder)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(vars(verdict)))
    return verdict


@pytest.mark.parametrize("stumbling", [False, True], ids=["whole", "stumbling"])
@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("seed", TRIALS)
def test_no_accepted_task_is_lost_stuck_or_doubled(
    name: str, seed: int, stumbling: bool, render: Render, tmp_path: Path, record_property: Record
) -> None:
    """Stumbling, the step after each commit fails at random too, or ends the process."""
    verdict = judged(name, render, seed, stumbling, tmp_path)
    assert not verdict.wrong, verdict
    assert verdict.accepted
    record_property(f"random faults survived ({name})", verdict.faults)


@pytest.mark.long
def test_a_process_that_ends_during_the_audit_is_started_again(render: Render, tmp_path: Path) -> None:
    """Stumbling, any process may; what it served would be taken for lost."""
    answers = {**BACKENDS["redis, none"], "domains": "users"}
    with deployed(render(tmp_path / "service", answers), answers, tmp_path) as deployment:
        fleet = deployment.fleet
        wait_ready(fleet)
        body = {"folder": str(tmp_path), "number": 1, "seconds": 0}
        accepted = httpx2.post(fleet.urls[1] + PATH, json=body).json()["id"]
        fleet.servers[0].kill()
        assert [record["id"] for record in settled(fleet)] == [accepted]
