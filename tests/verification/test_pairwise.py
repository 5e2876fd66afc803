"""Combinations in which all pairs of answers are together: linted, typed, layered, tested on real servers."""

import sys
from pathlib import Path

import pytest
from support.contents import code_of, same_parts
from support.covering import Together, contained, covering
from support.fixtures import Bake, Claim, RanNothing, Record, Rendered
from support.known import DOMAINS, NAMES_ALONE, label, needed_servers
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


# They choose most of the code, and of the tests.
PARTS = ("database", "tasks", "model_serving", "auth", "telemetry")


def with_new_pairs(rows: list[Answers]) -> list[Answers]:
    """Those in which two parts are together for the first time; to have no domain counts as one, too."""
    seen: set[Together] = set()
    found = []
    for row in rows:
        chosen = {name: row[name] for name in PARTS}
        chosen["domains"] = str(row["domains"] == DOMAINS["no domain"])
        if new := contained(chosen, 2) - seen:
            found.append(row)
            seen |= new
    return found


# `make test` has the default, and every answer that chooses a part; CI has all pairs. All tests run once for
# each pair of parts; in the other rows, those that know of domains. Where domains differ in names alone, they
# meet what tables and owners have to do with names.
QUICK = [answers for answers in covering(1) if answers == covering(1)[0] or has_parts_of_its_own(answers)]
PAIRS = covering(2, tuple(text for kind, text in DOMAINS.items() if kind not in NAMES_ALONE))
NAMED = covering(2, tuple(DOMAINS[kind] for kind in NAMES_ALONE), ("database", "tasks", "auth"))
WHOLE = with_new_pairs(PAIRS)
ROWS = {label(answers): answers for answers in (*PAIRS, *NAMED, *QUICK)}


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(row, marks=() if row in QUICK else pytest.mark.long, id=name)
        for name, row in ROWS.items()
    ],
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
    known = answers not in [*WHOLE, *QUICK] or same_parts(made) == same_parts(rendered(**DEFAULTS))
    parts = not known and claim(f"parts {same_parts(made)}")
    # To measure what they cover takes them half as long again: that is for CI.
    run_tests(service, python, parts=parts, measured=answers not in QUICK)
    check_migrations(service, python, servers.settings(needed_servers(answers)))
    record_property("services with different code that ran their own tests", 1)


def test_what_services_that_differ_in_domains_leave_out_is_there() -> None:
    assert [name for name in ALIKE if not (RAW / "tests" / f"test_{name}.py").exists()] == []


@pytest.mark.long
@pytest.mark.parametrize("answers", WHOLE, ids=label)
def test_a_service_passes_its_own_slow_tests(
    answers: Answers, bake: Bake, claim: Claim, record_property: Record, ran_nothing: RanNothing
) -> None:
    """They kill processes; each once for the code that it depends on."""
    service = bake(**answers)
    done = run_slow_tests(service, files(service), Path(sys.executable), claim)
    record_property("files of slow tests run", len(done))
    if not done:
        ran_nothing("other services with the same code ran their slow tests")
