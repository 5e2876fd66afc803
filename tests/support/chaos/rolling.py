"""A rolling restart: each process is replaced, one server at a time, while clients go on."""

import signal
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from ..options import Answers
from ..seen import read
from .audit import Verdict, audit
from .balancer import Balancer, balanced
from .deployment import deployed
from .fleet import Fleet
from .trial import BACKENDS
from .visitors import Visitors

ROLLED: dict[str, Answers] = {**BACKENDS, "redis, postgresql": {"tasks": "redis", "database": "postgresql"}}
# However busy this machine is, nothing fails for being slow.
SETTINGS = dict.fromkeys(("DRAIN_DELAY", "READINESS_TIMEOUT", "DATABASE_TIMEOUT", "REDIS_TIMEOUT"), "30")


@dataclass
class Outcome:
    restarts: int
    requests: int
    failures: list[str]
    lost_users: set[str]
    tasks: Verdict


def roll(fleet: Fleet, balancer: Balancer) -> None:
    """Never more than half of the servers, or of the workers, at the same time."""
    for url, *step in zip_longest(fleet.urls, fleet.servers, fleet.workers):
        processes = [process for process in step if process]
        for process in processes:
            process.send(signal.SIGTERM)
        balancer.wait_until_drained(url)
        for process in processes:
            # A second signal: what is left of `DRAIN_DELAY` is skipped.
            process.stop()
            process.start()
        balancer.wait_for_all()


def run_rolling_restarts(root: Path, answers: Answers, restarts: int, folder: Path) -> Outcome:
    """The service at `root` is rendered with these answers; `folder` is empty."""
    with deployed(root, answers, folder, SETTINGS) as deployment:
        fleet = deployment.fleet
        with balanced(fleet.urls) as balancer, Visitors(balancer.url, folder, seed=1) as visitors:
            for _ in range(restarts):
                roll(fleet, balancer)
        written = (
            read(deployment.database, "SELECT name FROM users") if deployment.database else visitors.users
        )
        return Outcome(
            restarts,
            visitors.statuses.total(),
            visitors.failures,
            visitors.users - {*written},
            audit(visitors, fleet),
        )
