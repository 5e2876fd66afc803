"""Measures one section after the other, prints one table, and writes the same as JSON."""

import argparse
import json
import os
import platform
import signal
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from . import (
    auth_cost,
    domain_growth,
    edge_cost,
    list_cost,
    prediction_rate,
    request_cost,
    small_request_latency,
    task_cost,
)
from .report import HEADER
from .servers import REPOSITORY
from .services import open_workshop

SECTIONS = {
    "requests": request_cost.measure,
    "edge": edge_cost.measure,
    "auth": auth_cost.measure,
    "domains": domain_growth.measure,
    "lists": list_cost.measure,
    "latency": small_request_latency.measure,
    "predictions": prediction_rate.measure,
    "tasks": task_cost.measure,
}


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="more rounds, less noise (default: 10)")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=[*SECTIONS], help="these sections")
    parser.add_argument("--template", type=Path, default=REPOSITORY, help="another checkout of the template")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of both sides")
    parser.add_argument("--json", type=Path, help="also write the rows into this file")
    return parser.parse_args()


def main() -> None:
    if sys.platform != "linux":
        sys.exit("The CPU clock of another process is read as Linux has it: run the benchmark there.")
    # An exception, so that the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    options, rows = read_options(), []
    versions = {name: version(name) for name in ("fastapi", "uvicorn", "sqlalchemy")}
    about = {"python": platform.python_version(), **versions, "cores": os.cpu_count()}
    about["rounds"] = options.rounds
    print(", ".join(f"{name} {value}" for name, value in about.items()), HEADER, sep="\n")
    with open_workshop(options.template, options.python) as workshop:
        for section in options.only:
            for row in SECTIONS[section](workshop, options.rounds):
                print(row.line(section), flush=True)
                rows.append({"section": section, **asdict(row)})
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({**about, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
