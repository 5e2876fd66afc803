"""Writes docs/proof.md from what pytest has recorded: python tools/write_proof.py build/proof.xml"""

import ast
import json
import os
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element, parse

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Proof

Written from what was run on {day}, not by hand: Python {python}, {cores} cores. `make proof` runs all of it;
a workflow does so each week, and opens an issue when something fails.

"""


def cases(paths: list[str]) -> list[Element]:
    """The tests of these files, each as it was run last; none may have failed."""
    runs = [case for path in paths for case in parse(path).getroot().iter("testcase")]
    found = [*{(case.get("classname"), case.get("name")): case for case in runs}.values()]
    failed = [case.get("name") for case in found if {"failure", "error"} & {part.tag for part in case}]
    if failed or not found:
        sys.exit("\n".join(["Nothing is proven:", *map(str, failed)]))
    return found


def source(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def module(case: Element) -> Path:
    return source(str(case.get("classname")))


def purpose(path: Path) -> str:
    """The first line of a module."""
    return str(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))).splitlines()[0]


def properties(found: list[Element]) -> Iterator[tuple[str, str]]:
    for case in found:
        for each in case.iter("property"):
            yield str(each.get("name")), str(each.get("value"))


def table(head: str, rows: list[str]) -> str:
    rule = " | ".join("---" for _ in head.split(" | "))
    return "\n".join([f"| {head} |", f"| {rule} |", *(f"| {row} |" for row in rows), "", ""])


def layers(found: list[Element]) -> str:
    """One line for each module of tests: how many passed, how many could not be run, how long it took."""
    rows = []
    for path in sorted({module(case) for case in found}):
        own = [case for case in found if module(case) == path]
        left_out = sum(case.find("skipped") is not None for case in own)
        seconds = sum(float(case.get("time", 0)) for case in own)
        name = path.relative_to(ROOT / "tests").as_posix()
        rows.append(f"{purpose(path)} | `{name}` | {len(own) - left_out} | {left_out} | {seconds:.0f}")
    return table("what | test | passed | not run | seconds", rows)


def counts(found: list[Element]) -> str:
    numbers = Counter[str]()
    for name, text in properties(found):
        if not name.startswith("cost: "):
            numbers[name] += int(text)
    return table("what | number", [f"{name} | {number}" for name, number in numbers.items()])


def collected() -> Iterator[tuple[str, str]]:
    """Every test of the proof, by its module and its name."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-m", "", "tests/proof"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        path, mark, name = line.partition("::")
        if mark:
            yield path.removesuffix(".py").replace("/", "."), name


def not_run(found: list[Element]) -> str:
    """Why some tests could not be run: they prove nothing."""
    skipped = [part for case in found if (part := case.find("skipped")) is not None]
    reasons = Counter(str(part.get("message")) for part in skipped)
    ran = {(case.get("classname"), case.get("name")) for case in found}
    absent = Counter(path for path, name in collected() if (path, name) not in ran)
    rows = [f"{reason} | {number}" for reason, number in reasons.items()]
    rows += [f"not in this run: {purpose(source(path))} | {number}" for path, number in absent.items()]
    return table("why | tests", rows) if rows else "Nothing.\n\n"


def costs(found: list[Element]) -> str:
    """In the order of the questions."""
    known = dict(properties(found))
    questions = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    choices = [(name, some) for name, some in questions.items() if isinstance(some, list) and name[0] != "_"]
    answers = [(name, each) for name, some in choices for each in some]
    rows = [f"`{name}` | `{answer}` | {known[f'cost: `{name}` | `{answer}`']}" for name, answer in answers]
    return table("question | answer | lines in `app/` | lines in `tests/` | packages installed", rows)


def main() -> None:
    found = cases(sys.argv[1:])
    day, python = date.today().isoformat(), platform.python_version()
    page = HEAD.format(day=day, python=python, cores=os.cpu_count())
    page += layers(found)
    page += "## Counts\n\n" + counts(found)
    page += "## Not run\n\n" + not_run(found)
    page += "## What an answer costs\n\nThe other answers are the defaults.\n\n" + costs(found)
    (ROOT / "docs" / "proof.md").write_text(page.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
