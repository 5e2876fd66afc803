"""The tables of docs/proof.md."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable

from proof_results import Result, source
from template import ROOT

OUTCOMES = ("passed", "ran nothing", "not run")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
RELEASES = ("as rendered", "newest", "lowest")
COST = "cost: "
SURVIVOR = "survivor: "
# Properties of results that are no counts.
FACTS = {"template", "run", "ran nothing"}


def table(head: str, rows: Iterable[str]) -> str:
    rule = " | ".join("---" for _ in head.split(" | "))
    return "\n".join([f"| {head} |", f"| {rule} |", *(f"| {row} |" for row in rows), "", ""])


def numbers(found: Iterable[Result]) -> str:
    """How many passed, ran nothing and were not run; a row of which nothing passed says so in words."""
    count = Counter(result.outcome for result in found)
    shown = [str(count[outcome]) for outcome in OUTCOMES]
    return " | ".join(shown if count["passed"] else ["not run", *shown[1:]])


def purpose(module: str) -> str:
    """The first line of a module."""
    tree = ast.parse(source(module).read_text(encoding="utf-8"))
    return str(ast.get_docstring(tree)).splitlines()[0]


def layers(found: list[Result]) -> str:
    """One row for each module of tests."""
    rows = []
    for module in sorted({result.module for result in found}, key=lambda name: (name.count("."), name)):
        own = [result for result in found if result.module == module]
        name = source(module).relative_to(ROOT / "tests").as_posix()
        seconds = sum(result.seconds for result in own)
        rows.append(f"{purpose(module)} | `{name}` | {numbers(own)} | {seconds:.0f}")
    return table("what | test | passed | ran nothing | not run | seconds", rows)


def pythons(found: list[Result]) -> str:
    """One row for each Python that is offered, with the releases that a service may get there."""
    rows = []
    for version in PYTHONS:
        for releases in RELEASES:
            start = re.escape(f"[{version} {releases}-")
            own = [result for result in found if re.search(start, result.name)]
            rows.append(f"{version} | {releases} | {numbers(own)}")
    return table("Python | releases | passed | ran nothing | not run", rows)


def counts(found: list[Result]) -> str:
    total = Counter[str]()
    for result in found:
        for name, text in result.properties.items():
            if name not in FACTS and not name.startswith((COST, SURVIVOR)):
                total[name] += int(text)
    return table("what | number", (f"{name} | {number}" for name, number in sorted(total.items())))


def reasons(found: list[Result]) -> str:
    """Why some tests ran nothing or were not run: they prove nothing."""
    why = Counter((result.outcome, result.reason) for result in found if result.outcome != "passed")
    rows = [f"{outcome} | {reason} | {number}" for (outcome, reason), number in sorted(why.items())]
    return table("outcome | why | tests", rows) if rows else "All tests passed.\n\n"


def survivors(found: list[Result]) -> str:
    """The changes to the code that no test has noticed."""
    if not any("mutants killed" in result.properties for result in found):
        return "The sample was not run.\n\n"
    names = sorted(name for result in found for name in result.properties if name.startswith(SURVIVOR))
    return "".join(f"- {name.removeprefix(SURVIVOR)}\n" for name in names) + "\n"


def costs(found: list[Result]) -> str:
    """In the order of the questions."""
    known = {name: text for result in found for name, text in result.properties.items()}
    questions = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    choices = [(name, some) for name, some in questions.items() if isinstance(some, list) and name[0] != "_"]
    names = [f"`{name}` | `{answer}`" for name, answers in choices for answer in answers]
    missing = "not run | not run | not run"
    rows = [f"{name} | {known.get(COST + name, missing)}" for name in names]
    return table("question | answer | lines in `app/` | lines in `tests/` | packages installed", rows)
