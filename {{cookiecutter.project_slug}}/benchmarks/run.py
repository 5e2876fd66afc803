"""What this service costs beside a bare FastAPI application, and twenty domains beside two."""

import platform
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from client import Request
from servers import ENVIRONMENT, HEALTH, Server, production_python, serve

ROOT = Path(__file__).resolve().parent.parent
# What POST accepts, and what it answers with 422: change both with your schemas.
VALID = {"name": "a name"}
INVALID = {"name": ""}
LOOK = "from app.domains import DOMAINS as d; print(len(d), d[-1].router.prefix if d else '')"

CASES = ("health", "item", "unrouted 404", "invalid body")
# What a round found of both sides, and all rounds of each case.
Pair = tuple[float, float]
Samples = dict[str, list[Pair]]
Player = tuple[Server, dict[str, Request]]


@dataclass(frozen=True)
class Side:
    """One of the two applications that are compared."""

    app: str
    folder: Path
    items: str
    """The path of its last collection; empty when there is none."""
    domains: int = 0

    def requests(self, server: Server) -> dict[str, Request]:
        found = {"health": HEALTH, "unrouted 404": Request("GET", "/nowhere", 404)}
        if self.items:
            row = server.client.ask(Request("POST", self.items, 201, VALID))
            found["item"] = Request("GET", f"{self.items}/{row['id']}", 200)
            found["invalid body"] = Request("POST", self.items, 422, INVALID)
        return found


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
    names = [f"sample_{number}:samples_{number}" for number in range(side.domains, domains)]
    command = [python, "scripts/domain.py", ",".join(names)]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return look_at(python, folder)


def look_at(python: str, folder: Path) -> Side:
    answer = subprocess.check_output([python, "-c", LOOK], cwd=folder, env=ENVIRONMENT, text=True)
    domains, _, items = answer.strip().partition(" ")
    return Side("app.main:app", folder, items, int(domains))


def compare(python: str, a: Side, b: Side, starts: int, rounds: int) -> Samples:
    """Start both anew a few times; then let them take turns, so that both meet the same noise."""
    samples: Samples = defaultdict(list)
    for _ in range(starts):
        with serve(python, a.app, a.folder) as server_a, serve(python, b.app, b.folder) as server_b:
            samples["boot"].append((server_a.cpu(), server_b.cpu()))
            samples["memory"].append((server_a.memory(), server_b.memory()))
            sides = (server_a, a.requests(server_a)), (server_b, b.requests(server_b))
            play(*sides, defaultdict(list))  # Not counted: it fills the caches.
            for _ in range(rounds):
                play(*sides, samples)
    return samples


def play(a: Player, b: Player, samples: Samples) -> None:
    """One round: some requests of each case that both sides have."""
    for case in CASES:
        if case in a[1] and case in b[1]:
            samples[case].append((a[0].cost(a[1][case]), b[0].cost(b[1][case])))


def show(label: str, pairs: list[Pair], unit: str, scale: float, ratio_of: Callable[..., float]) -> None:
    """The median of each side, and that of the ratio in each round.

    When runs were repeated on a busy machine, the latter changed by 2 %; ratios of medians, quartiles or
    minima by 5 to 15 %, because noise comes and goes, and meets both sides of one round alike.
    """
    a, b = (median(side) * scale for side in zip(*pairs, strict=True))
    ratio = median(ratio_of(*pair) for pair in pairs)
    print(f"  {label:<26}{a:>9.0f} {unit}{b:>9.0f} {unit}{ratio:>12.2f}")


def heading(text: str, a: str, b: str, ratio: str) -> None:
    print(f"\n{text:<28}{a:>12}{b:>12}{ratio:>12}")


def show_service(samples: Samples) -> None:
    heading("CPU for one request", "bare", "service", "capacity")
    for case in CASES:
        if case in samples:
            show(case, samples[case], "us", 1e6, lambda a, b: a / b)
        else:
            print(f"  {case:<26}left out, for this service has no domain")
    print("  Capacity: requests for the same CPU; 1.00 is a bare FastAPI application, more is better.")
    heading("Until the first answer", "bare", "service", "ratio")
    show("CPU", samples["boot"], "ms", 1e3, lambda a, b: b / a)
    show("memory", samples["memory"], "MB", 1e-6, lambda a, b: b / a)


def show_domains(samples: Samples, few: int, many: int) -> None:
    heading("CPU for one request", f"{few} domains", f"{many} domains", "ratio")
    for case in CASES:
        show(case, samples[case], "us", 1e6, lambda a, b: b / a)


def main(starts: int, rounds: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        python, packages = production_python(ROOT, folder / "environment")
        print(f"FastAPI {version('fastapi')}, Python {platform.python_version()}, {packages}.")
        print(f"Medians of {starts * rounds} rounds in which the two sides take turns.")
        bare, service = copy_bare(folder / "bare"), copy_service(python, folder / "service")
        show_service(compare(python, bare, service, starts, rounds))
        few = copy_service(python, folder / "few", 2)
        many = copy_service(python, folder / "many", few.domains + 18)
        show_domains(compare(python, few, many, (starts + 1) // 2, rounds), few.domains, many.domains)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        # An exception, so that the servers are ended on the way out.
        signal.signal(number, lambda *_: sys.exit("Stopped."))
    main(*((1, 3) if "--quick" in sys.argv[1:] else (10, 7)))
