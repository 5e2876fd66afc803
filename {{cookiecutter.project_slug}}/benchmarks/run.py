"""What this service costs beside a bare FastAPI application, and twenty domains beside two."""

import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from servers import serve

ROOT = Path(__file__).resolve().parent.parent
# What POST accepts, and what it answers with 422: change both with your schemas.
VALID = {"name": "a name"}
INVALID = {"name": ""}
DOMAINS = "from app.domains import DOMAINS as d; print(len(d), d[-1].router.prefix if d else '')"

CASES = ("health", "item", "unrouted 404", "invalid body")
UNITS = {"boot": (1e3, "ms"), "memory": (1e-6, "MB")}
HEAD = "{:<42}{:>12}{:>12}{:>12}"
# The figures of both sides, from each round of each case.
Samples = dict[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class Side:
    """One of the two applications that are compared."""

    app: str
    folder: Path
    items: str
    """The path of its last collection; empty when it has none."""
    domains: int = 0


def copy_bare(folder: Path) -> Side:
    folder.mkdir()
    shutil.copy(ROOT / "benchmarks" / "bare.py", folder)
    return Side("bare:app", folder, "/items")


def copy_service(python: str, folder: Path, domains: int = 0) -> Side:
    """The service without its .env, and with so many domains if it has fewer."""
    for name in ("app", "scripts"):
        shutil.copytree(ROOT / name, folder / name)
    side = look_at(python, folder)
    if side.domains >= domains:
        return side
    names = (f"sample_{number}:samples_{number}" for number in range(side.domains, domains))
    command = [python, "scripts/domain.py", *names]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return look_at(python, folder)


def look_at(python: str, folder: Path) -> Side:
    answer = subprocess.check_output([python, "-c", DOMAINS], cwd=folder, text=True)
    domains, _, items = answer.strip().partition(" ")
    return Side("app.main:app", folder, items, int(domains))


def compare(python: str, a: Side, b: Side, starts: int, rounds: int) -> Samples:
    """Measure side by side, from the start of the servers on, as many times as there are starts."""
    samples: Samples = defaultdict(list)
    for side in (a, b):
        with serve(python, side.app, side.folder):
            """The first start is not measured: it compiles."""
    for _ in range(starts):
        with serve(python, a.app, a.folder) as server_a, serve(python, b.app, b.folder) as server_b:
            samples["boot"].append((server_a.cpu(), server_b.cpu()))
            samples["memory"].append((server_a.memory(), server_b.memory()))
            take_turns(
                (server_a, requests_of(a, server_a)), (server_b, requests_of(b, server_b)), rounds, samples
            )
    return samples


def main(starts: int, rounds: int) -> None: ...
