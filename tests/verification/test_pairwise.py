"""Combinations in which all pairs of answers are together: linted, typed, layered, tested on real servers."""

import sys
from pathlib import Path

import pytest
from support.contents import code_of, same_parts
from support.covering import Together, contained, covering
from support.fixtures import Bake, Claim, RanNothing, Record, Rendered
from support.known import DOMAINS, NAMES_ALONE, PARTS, label, needed_servers
from support.lint import ruff_complains
from support.options import DEFAULTS, Answers
from support.paths import RAW, files
from support.servers import Servers
from support.suites import ALIKE, check_migrations, check_types, run_slow_tests, run_tests

pytestmark = pytest.mark.timeout(2400)

# They change no code but that of the domains, which is generated and proven by itself.
NAMES = ("domains", "license", "python_version")


def has_parts_of_its_own(answers: Answers) -> bool:
    return any(answers[question] != DEFAULTS[question] for question in DEFAULTS if question not in NAMES)


# Those that keep and own rows: what meets there decides most, also of tests that kill processes.
KEEPERS = ("database", "tasks", "auth", "domains")


def together(answers: Answers, parts: tuple[str, ...]) -> set[Together]:
    """The pairs of parts that a service has; of its domains counts whether there is one."""
    seen = answers | {"domains": str(answers["domains"] == DOMAINS["no domain"])}
    return contained({name: seen[name] for name in parts}, 2)


def with_new_pairs(rows: list[Answers], first: list[Answers], parts: tuple[str, ...]) -> list[Answers]:
    """Few rows that have, with the first ones, each pair of parts that some row has."""
    pairs = {label(row): together(row, parts) for row in rows}
    missing = set().union(*pairs.values()) - set().union(*(together(row, parts) for row in first))
    found = []
    while missing:
        best = max(rows, key=lambda row: len(pairs[label(row)] & missing))
        missing -= pairs[label(best)]
        found.append(best)
    return found


# `make test` has the default, and every answer that chooses a part; CI has each pair of database, tasks and
# authorisation, and `make proof` all pairs. All tests run once for each pair of parts; in the other rows,
# those that know of domains. Where domains differ in names alone, they meet what tables and owners have to do
# with names: in CI where a service has the most tables, weekly in all.
QUICK = [answers for answers in covering(1) if answers == covering(1)[0] or has_parts_of_its_own(answers)]
PAIRS = covering(2, tuple(text for kind, text in DOMAINS.items() if kind not in NAMES_ALONE))
NAMED = covering(2, tuple(DOMAINS[kind] for kind in NAMES_ALONE), ("database", "tasks", "auth"))
MOST_TABLES = {row["domains"]: row for row in NAMED if row["tasks"] == "postgresql"}
IN_CI = with_new_pairs(PAIRS, QUICK, KEEPERS)
WHOLE = [*QUICK, *IN_CI, *with_new_pairs(PAIRS, [*QUICK, *IN_CI], (*PARTS, "domains"))]
ROWS = {label(answers): answers for answers in (*PAIRS, *NAMED, *QUICK)}


def when(answers: Answers) -> tuple[pytest.MarkDecorator, ...]:
    if answers in QUICK:
        return ()
    return (pytest.mark.long if answers in [*IN_CI, *MOST_TABLES.values()] else pytest.mark.weekly,)


@pytest.mark.parametrize(
    "answers",
    [pytest.param(row, marks=when(row), id=name) for name, row in ROWS.items()],
)
def test_a_service_passes_its_own_checks(
    answers: Answers,
    bake: Bake,
    rendered: Rendered,
    claim: Claim,
    servers: Servers,
    tmp_path_factory: pytest.TempPathFactory,
    record_property: Record,
    ran_nothing: RanNothing,
) -> None:
    """By every check that it brings itself, and by the stricter type checker."""
    service = bake(**answers)
    made = files(service)
    assert ruff_complains(service) == ""
    if not claim(f"proven {code_of(made)}"):
        ran_nothing("another service with the same code ran its tests")
        return
    python = Path(sys.executable)
    check_types(service, python.parent, tmp_path_factory.getbasetemp())
    # Those of the default are run by its own `make coverage`, in `test_extremes.py`.
    known = answers not in WHOLE or same_parts(made) == same_parts(rendered(**DEFAULTS))
    parts = not known and claim(f"parts {same_parts(made)}")
    # To measure what they cover takes them half as long again: that is for CI.
    run_tests(service, python, parts=parts, measured=answers not in QUICK)
    check_migrations(service, python, servers.settings(needed_servers(answers)))
    record_property("services with different code that ran their own tests", 1)


def test_what_services_that_differ_in_domains_leave_out_is_there() -> None:
    assert [name for name in ALIKE if not (RAW / "tests" / f"test_{name}.py").exists()] == []


# In CI for each two of database and tasks. Those of the default are run by its own `make test-slow`.
SLOW = [*QUICK[1:], *with_new_pairs(IN_CI, QUICK, ("database", "tasks"))]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(row, id=label(row), marks=pytest.mark.long if row in SLOW else pytest.mark.weekly)
        for row in (*QUICK[1:], *IN_CI)
    ],
)
def test_a_service_passes_its_own_slow_tests(
    answers: Answers, bake: Bake, claim: Claim, record_property: Record, ran_nothing: RanNothing
) -> None:
    """They kill processes; each once for the code that it depends on."""
    service = bake(**answers)
    done = run_slow_tests(service, files(service), Path(sys.executable), claim)
    record_property("files of slow tests run", len(done))
    if not done:
        ran_nothing("other services with the same code ran their slow tests")
