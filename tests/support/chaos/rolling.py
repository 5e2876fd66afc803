"""A rolling restart: each process is replaced, one server at a time, while clients go on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from ..options import Answers
from ..seen import read
from .audit import Verdict, audit
from .balancer import Balancer, balanced
from .deployment import deployed
from .fleet import Fleet, Process
from .trial import BACKENDS
from .visitors import Visitors

ROLLED: dict[str, Answers] = {**BACKENDS, "redis, postgresql": {"tasks": "redis", "database": "postgresql"}}
SETTINGS = {"DRAIN_DELAY": "2", "READINESS_TIMEOUT": "5", "DATABASE_TIMEOUT": "10", "REDIS_TIMEOUT": "10"}


@dataclass
class Outcome:
    restarts: int
    requests: int
    failures: list[str]
    lost_users: set[str]
    tasks: Verdict


def steps(fleet: Fleet) -> Iterator[list[Process]]:
    """What is replaced at the same time: never more than half of the servers, or of the workers."""
    for step in zip_longest(fleet.servers, fleet.workers):
        yield [process for process in step if process]


def roll(fleet: Fleet, balancer: Balancer) -> None:
    for step in steps(fleet):
        with ThreadPoolExecutor() as pool:
            [*pool.map(lambda process: process.replace(), step)]
        # The next one is stopped only when clients are sent to this one.
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
            audit(visitors, fleet.urls[0]),
        )
