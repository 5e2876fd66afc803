"""One trial: so many faults, drawn from a seed, while clients submit; then the audit."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx2

from ..options import Answers
from .audit import Verdict, audit
from .deployment import deployed
from .fleet import Fleet
from .outages import Outage
from .senders import Senders

FAULTS_IN_A_TRIAL = 20
BACKENDS: dict[str, Answers] = {
    "in-process, sqlite": {"tasks": "in-process", "database": "sqlite"},
    "in-process, postgresql": {"tasks": "in-process", "database": "postgresql"},
    "redis, sqlite": {"tasks": "redis", "database": "sqlite"},
    "redis, none": {"tasks": "redis", "database": "none"},
    "postgresql": {"tasks": "postgresql", "database": "postgresql"},
}
Fault = Callable[[], None]


def faults_of(fleet: Fleet, outages: dict[str, Outage], dice: random.Random) -> dict[str, Fault]:
    def end(number: signal.Signals) -> Fault:
        return lambda: dice.choice(fleet.processes).end(number)

    def freeze() -> None:
        process = dice.choice(fleet.processes)
        process.send(signal.SIGSTOP)
        # Shorter and longer than the lease.
        time.sleep(dice.uniform(0.1, 4))
        process.send(signal.SIGCONT)

    def take_away() -> None:
        outages[dice.choice([*outages])](dice.uniform(0.1, 4))

    return {"kill": end(signal.SIGKILL), "stop": end(signal.SIGTERM), "freeze": freeze, "outage": take_away}


def wait_ready(fleet: Fleet, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    with httpx2.Client(timeout=10) as client:
        for url in fleet.urls:
            while time.monotonic() < end:
                fleet.revive()
                try:
                    if client.get(f"{url}/health/ready").status_code == 200:
                        break
                except httpx2.TransportError:
                    pass
                time.sleep(0.1)


def run_trial(root: Path, answers: Answers, seed: int, stumbling: bool, folder: Path) -> Verdict:
    """The service at `root` is rendered with these answers; `folder` is empty."""
    dice, kinds = random.Random(seed), Counter[str]()
    settings = {"REDIS_PREFIX": f"trial-{seed}"}
    with deployed(root, answers, folder, settings, "stumbling" if stumbling else None) as deployment:
        fleet = deployment.fleet
        wait_ready(fleet)
        faults = faults_of(fleet, deployment.outages, dice)
        with Senders(fleet.urls, folder, seed) as senders:
            for _ in range(FAULTS_IN_A_TRIAL):
                time.sleep(dice.uniform(0.1, 1))
                kind = dice.choice([*faults])
                faults[kind]()
                kinds[kind] += 1
                fleet.revive()
            wait_ready(fleet)
        wait_ready(fleet)
        verdict = audit(senders, fleet)
    verdict.faults, verdict.kinds = FAULTS_IN_A_TRIAL, dict(kinds)
    return verdict
