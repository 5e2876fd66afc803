"""What this service costs beside a bare FastAPI application, and twenty domains beside two."""

import platform
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Literal

from client import Client, Request
from servers import ENVIRONMENT, HEALTH, Server, production_python, serve

ROOT = Path(__file__).resolve().parent.parent
# What POST accepts, and what it answers with 422: change both with your schemas.
VALID = {"name": "a name"}
INVALID = {"name": ""}
LOOK = "from app.domains import DOMAINS as d; print(len(d), d[-1].router.prefix if d else '')"
CASES = ("health", "item", "unrouted 404", "invalid body")
UNITS = {"CPU": ("ms", 1e3), "memory": ("MB", 1e-6)}
Kind = Literal["capacity", "cost"]
# What the rounds found for each case, on the left side and on the right.
Samples = dict[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class Side:
    """One of the two applications that are compared."""

    app: str
    folder: Path
    items: str
    """The path of its last collection; empty when there is none."""
    domains: int = 0

    def requests(self, client: Client) -> dict[str, Request]:
        found = {"health": HEALTH, "unrouted 404": Request("GET", "/nowhere", 404)}
        if self.items:
            row = client.ask(Request("POST", self.items, 201, VALID))
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
    command = [sys.executable, "scripts/domain.py", ",".join(names)]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return look_at(python, folder)


def look_at(python: str, folder: Path) -> Side:
    answer = subprocess.check_output([python, "-c", LOOK], cwd=folder, env=ENVIRONMENT, text=True)
    domains, _, items = answer.strip().partition(" ")
    return Side("app.main:app", folder, items, int(domains))


def compare(python: str, left: Side, right: Side, starts: int, rounds: int) -> Samples:
    """Start both anew a few times; then let them take turns, so that both meet the same noise."""
    samples: Samples = defaultdict(list)
    for _ in range(starts):
        with serve(python, left.app, left.folder) as a, serve(python, right.app, right.folder) as b:
            samples["CPU"].append((a.cpu(), b.cpu()))
            samples["memory"].append((a.memory(), b.memory()))
            of_a, of_b = left.requests(a.client), right.requests(b.client)
            shared = [case for case in CASES if case in of_a and case in of_b]
            requests = {case: (of_a[case], of_b[case]) for case in shared}
            play(a, b, requests, defaultdict(list))  # Not counted: it fills caches.
            for _ in range(rounds):
                play(a, b, requests, samples)
    return samples


def play(a: Server, b: Server, requests: dict[str, tuple[Request, Request]], samples: Samples) -> None:
    for case, (of_a, of_b) in requests.items():
        samples[case].append((a.cost(of_a), b.cost(of_b)))


def report(samples: Samples, names: tuple[str, str], kind: Kind) -> None:
    rounds, starts = len(samples["health"]), len(samples["CPU"])
    show(samples, CASES, (f"CPU for one request ({rounds} rounds)", *names, kind))
    show(samples, UNITS, (f"Until the first answer ({starts} starts)", *names, "cost"))


def show(samples: Samples, cases: Iterable[str], head: tuple[str, str, str, str]) -> None:
    """For each case the median of both sides, and the median of the ratios of all rounds.

    When runs were repeated on a busy machine, the latter changed by 3 %; a ratio of medians, quartiles or
    minima by 5 to 15 %, because noise comes and goes, and meets both sides of one round alike.
    """
    print("\n{:<36}{:>12}{:>12}{:>12}".format(*head))
    for case in cases:
        if case not in samples:
            print(f"  {case:<34}left out: this service has no domain")
            continue
        unit, scale = UNITS.get(case, ("us", 1e6))
        a, b = (median(side) * scale for side in zip(*samples[case], strict=True))
        ratio = median(a / b if head[-1] == "capacity" else b / a for a, b in samples[case])
        print(f"  {case:<34}{a:>9.0f} {unit}{b:>9.0f} {unit}{ratio:>12.2f}")


def main(starts: int, rounds: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        python, packages = production_python(ROOT, folder / "environment")
        print(f"FastAPI {version('fastapi')}, Python {platform.python_version()}, {packages}.")
        print("All figures are medians of rounds, or starts, in which the two take turns.")
        print("Capacity: requests for the same CPU; 1.00 is as many as bare FastAPI, more is better.")
        print("Cost: 1.00 is as much as the other, less is better.")
        bare, service = copy_bare(folder / "bare"), copy_service(python, folder / "service")
        report(compare(python, bare, service, starts, rounds), ("bare", "service"), "capacity")
        few = copy_service(python, folder / "few", 2)
        many = copy_service(python, folder / "many", few.domains + 18)
        names = (f"{few.domains} domains", f"{many.domains} domains")
        report(compare(python, few, many, (starts + 1) // 2, rounds), names, "cost")


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        # An exception, so that the servers are ended on the way out.
        signal.signal(number, lambda *_: sys.exit("Stopped."))
    main(*((1, 3) if "--quick" in sys.argv[1:] else (15, 5)))
