"""What this service costs beside a bare FastAPI application, and twenty domains beside two."""

import json
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bare_tasks import open_queue
from client import Request
from servers import ENVIRONMENT, HEALTH, Server, production_python, serve
from storage import Address, open_storage

ROOT = Path(__file__).resolve().parent.parent
# What POST accepts, and what it answers with 422: change both with your schemas.
VALID = {"name": "a name"}
INVALID = {"name": ""}
LOOK = "from app.domains import DOMAINS as d; print(len(d), d[-1].router.prefix if d else '')"

CASES = ("health", "item", "page of 50 rows", "unrouted 404", "invalid body")
ROWS, PAGE = 100_000, 100
BURST = 500
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
    storage: dict[str, str]
    domains: int = 0

    def requests(self, server: Server) -> dict[str, Request]:
        found = {"health": HEALTH, "unrouted 404": Request("GET", "/nowhere", 404)}
        if self.items:
            for number in range(50):
                row = server.client.ask(Request("POST", self.items, 201, {**VALID, "name": unused(number)}))
            found["page of 50 rows"] = Request("GET", f"{self.items}?limit=50", 200)
            found["item"] = Request("GET", f"{self.items}/{row['id']}", 200)
            found["invalid body"] = Request("POST", self.items, 422, INVALID)
        return found


def unused(number: int) -> str:
    """A name that no row has yet, also when a server has been started again."""
    return f"{time.time_ns()} {number}"


def copy_bare(folder: Path, address: Address) -> Side:
    folder.mkdir()
    shutil.copy(ROOT / "benchmarks" / "bare.py", folder)
    return Side("bare:app", folder, "/items", address(folder))


def copy_service(python: str, folder: Path, address: Address, domains: int = 0) -> Side:
    """The service without its .env, and with so many domains if it has fewer."""
    for name in ("app", "benchmarks", "migrations", "models", "scripts"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name)
    missing = range(look_at(python, folder, {}).domains, domains)
    if missing:
        names = [f"sample_{number}:samples_{number}" for number in missing]
        call(python, folder, {}, "scripts/domain.py", ",".join(names))
    storage = address(folder)
    if (folder / "migrations").exists():
        shutil.copy(ROOT / "alembic.ini", folder)
        call(python, folder, storage, "-m", "alembic", "upgrade", "head")
    return look_at(python, folder, storage)


def call(python: str, folder: Path, storage: dict[str, str], *arguments: str) -> str:
    """What Python says, when it is called in a folder."""
    env = {**ENVIRONMENT, **storage, "PYTHONPATH": "."}
    done = subprocess.run(
        [python, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def look_at(python: str, folder: Path, storage: dict[str, str]) -> Side:
    domains, _, items = call(python, folder, storage, "-c", LOOK).strip().partition(" ")
    return Side("app.main:app", folder, items, storage, int(domains))


def compare(python: str, a: Side, b: Side, starts: int, rounds: int) -> Samples:
    """Start both anew a few times; then let them take turns, so that both meet the same noise."""
    samples: Samples = defaultdict(list)
    for _ in range(starts):
        with (
            serve(python, a.app, a.folder, a.storage) as server_a,
            serve(python, b.app, b.folder, b.storage) as server_b,
        ):
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


def show_pages(python: str, side: Side, rounds: int) -> None:
    """Whether a page far from the first one costs more."""
    seen = ROWS - PAGE
    cursor = call(python, side.folder, side.storage, "benchmarks/fill.py", str(ROWS), str(seen)).strip()
    first = Request("GET", f"{side.items}?limit={PAGE}", 200)
    last = Request("GET", f"{side.items}?limit={PAGE}&cursor={cursor}", 200)
    with serve(python, side.app, side.folder, side.storage) as server:
        server.cost(last)
        pairs = [(server.cost(first), server.cost(last)) for _ in range(rounds)]
    heading(f"CPU for a page of {ROWS} rows", "page 1", f"page {ROWS // PAGE}", "ratio")
    show(f"page of {PAGE} rows", pairs, "us", 1e6, lambda a, b: b / a)


def show_tasks(python: str, side: Side, rounds: int) -> None:
    """Tasks that do nothing, beside what carries them without the service."""

    def burst(name: str) -> dict[str, float]:
        said = call(python, side.folder, side.storage, "benchmarks/burst.py", name, str(BURST))
        return dict(json.loads(said.splitlines()[-1]))

    found = [(burst("bare"), burst("service")) for _ in range(rounds)]
    rates = [(1 / a["duration"], 1 / b["duration"]) for a, b in found]
    heading(f"A burst of {BURST} tasks", "bare", "service", "ratio")
    for label, key in (("until it is submitted", "latency"), ("CPU for a task", "cpu")):
        show(label, [(a[key], b[key]) for a, b in found], "us", 1e6, lambda a, b: b / a)
    show("tasks a second", rates, "/s", 1, lambda a, b: b / a)


def main(starts: int, rounds: int) -> None:
    with TemporaryDirectory() as name, open_storage() as address, open_queue() as queue:
        folder = Path(name)
        python, packages = production_python(ROOT, folder / "environment")
        print(f"FastAPI {version('fastapi')}, Python {platform.python_version()}, {packages}.")
        print(f"Medians of {starts * rounds} rounds in which the two sides take turns.")
        bare, service = copy_bare(folder / "bare", address), copy_service(python, folder / "service", address)
        service.storage.update(queue)
        show_service(compare(python, bare, service, starts, rounds))
        if (service.folder / "migrations").exists() and service.items:
            show_pages(python, service, rounds)
        show_tasks(python, service, rounds)
        few = copy_service(python, folder / "few", address, 2)
        many = copy_service(python, folder / "many", address, few.domains + 18)
        show_domains(compare(python, few, many, (starts + 1) // 2, rounds), few.domains, many.domains)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        # An exception, so that the servers are ended on the way out.
        signal.signal(number, lambda *_: sys.exit("Stopped."))
    main(*((1, 1) if "--quick" in sys.argv[1:] else (10, 7)))
