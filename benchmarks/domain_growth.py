"""In-process CPU, without a server: what twenty domains cost more than two, here and in plain FastAPI."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from statistics import median
from subprocess import PIPE, Popen

from .report import Row, capacity
from .servers import ENVIRONMENT, Side
from .services import Workshop

FEW, MANY = 2, 20
# The aims for twenty domains divided by two, for the service.
AIMS = {"item": "<= 1.40", "unknown path": "<= 2.30", "create": "less", "invalid body": "less"}


def make_side(workshop: Workshop, name: str, domains: int) -> Side:
    """Requests go to the last domain, which plain FastAPI tries last."""
    if name == "bare":
        side = workshop.bare("bare_memory", ROUTERS=str(domains))
        return replace(side, items=f"/items_{domains - 1}")
    names = ",".join(f"sample_{number}:samples_{number}" for number in range(domains))
    return workshop.service(domains=names, database="none")


def start_loop(side: Side) -> Popen[str]:
    command = [sys.executable, "-m", "benchmarks.asgi_loop", side.app, side.items]
    # Bare FastAPI writes no access log without a server, so the service writes none here either.
    environment = {**ENVIRONMENT, **side.settings, "LOG_LEVEL": "WARNING"}
    return Popen(command, cwd=side.folder, env=environment, stdin=PIPE, stdout=PIPE, text=True, bufsize=1)


def read_costs(loop: Popen[str]) -> dict[str, float]:
    if not (loop.stdin and loop.stdout):
        raise TypeError("It is spoken to through pipes.")
    loop.stdin.write("\n")
    return dict(json.loads(loop.stdout.readline()))


def measure(workshop: Workshop, rounds: int) -> Iterator[Row]:
    sides = {(name, n): make_side(workshop, name, n) for name in ("bare", "service") for n in (FEW, MANY)}
    with ExitStack() as stack:
        loops = {key: stack.enter_context(start_loop(side)) for key, side in sides.items()}
        found = [{key: read_costs(loop) for key, loop in loops.items()} for _ in range(rounds + 1)][1:]
    for kind, wanted in AIMS.items():
        for n in (FEW, MANY):
            pairs = [(costs["bare", n][kind], costs["service", n][kind]) for costs in found]
            yield capacity(f"{n} domains: {kind}", pairs)
        bare, service = (
            median(costs[side, MANY][kind] / costs[side, FEW][kind] for costs in found)
            for side in ("bare", "service")
        )
        yield Row(f"{MANY} / {FEW} domains: {kind}", bare, service, "times", service, wanted)
