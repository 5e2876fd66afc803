"""One trial: so many faults, drawn from a seed, while clients submit; then the audit."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx2

from ..options import Answers
from .audit import Verdict, audit
from .fleet import Fleet, fleet_of
from .outages import Outage, of_postgresql, of_redis, of_sqlite
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


def wait_ready(fleet: Fleet, seconds: float = 120) -> None:
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
    shutil.copy(Path(__file__).with_name("stumbling.py"), root)
    with ExitStack() as stack:
        environment = {"TASKS": answers["tasks"], "REDIS_PREFIX": f"trial-{seed}"}
        outages: dict[str, Outage] = {}
        if answers["tasks"] == "redis":
            outages |= of_redis(stack, environment)
        if answers["database"] == "postgresql":
            outages |= of_postgresql(stack, environment)
        if answers["database"] == "sqlite":
            outages |= of_sqlite(folder / "test.db", environment)
        if answers["database"] != "none":
            migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
            subprocess.run(migrate, cwd=root, env={**os.environ, **environment}, check=True)
        has_workers = answers["tasks"] != "in-process"
        fleet = stack.enter_context(fleet_of(root, environment, has_workers, stumbling))
        wait_ready(fleet)
        faults = faults_of(fleet, outages, dice)
        with Senders(fleet.urls, folder, seed) as senders:
            for _ in range(FAULTS_IN_A_TRIAL):
                time.sleep(dice.uniform(0.1, 1))
                kind = dice.choice([*faults])
                faults[kind]()
                kinds[kind] += 1
                fleet.revive()
            wait_ready(fleet)
        wait_ready(fleet)
        verdict = audit(senders, fleet.urls[0])
    verdict.faults, verdict.kinds = FAULTS_IN_A_TRIAL, dict(kinds)
    return verdict
