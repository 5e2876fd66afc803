"""Every set of answers that can be given: rendered twice, whole, tidy, linted, without residue; it runs."""

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from checks import code_of, digest, expected_files, idle, residue, untidy_files
from conftest import Claim, QuickBake, Record, files, ruff_complains
from offered import QUESTIONS, every_set, needed_servers, shaping
from running import run
from servers import Servers

pytestmark = pytest.mark.long
Answers = dict[str, str]

SMOKE = Path(__file__).with_name("smoke.py")


def shape_of(answers: Answers) -> tuple[str, ...]:
    """The answers that change what is run."""
    return tuple(answers[question] for question in shaping())


def groups() -> dict[str, list[Answers]]:
    """The sets, together when their code is the same: only texts differ within a group."""
    ordered = sorted(every_set(), key=shape_of)
    return {", ".join(shape): [*sets] for shape, sets in groupby(ordered, key=shape_of)}


GROUPS = groups()


def smoke(service: Path, settings: dict[str, str]) -> int:
    """Migrate, enter the lifespan, and call every operation; their number."""
    if (service / "alembic.ini").exists():
        run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=service, env=settings)
    said = run(sys.executable, SMOKE, cwd=service, env={"PYTHONPATH": str(service), **settings})
    operations: int = json.loads(said.splitlines()[-1])["operations"]
    return operations


@pytest.mark.parametrize("name", GROUPS)
def test_every_set_of_answers_makes_a_whole_service(
    name: str,
    quick_bake: QuickBake,
    raw: dict[str, Path],
    claim: Claim,
    servers: Servers,
    record_property: Record,
) -> None:
    smoked = calls = 0
    for answers in GROUPS[name]:
        given = {"domains": QUESTIONS["domains"], **answers}
        with quick_bake(**given) as service, quick_bake(**given) as again:
            made = files(service)
            assert files(again) == made
            assert {*made} == expected_files(given, raw), answers
            assert untidy_files(made) == [], answers
            assert residue(answers, made) == [], answers
            assert idle(made) == [], answers
            if claim(f"linted {code_of(made)}"):
                assert ruff_complains(service) == "", answers
            if claim(f"smoked {digest(made, 'app', 'migrations')}"):
                smoked += 1
                calls += smoke(service, servers.settings(needed_servers(answers)))
    record_property("services rendered twice", len(GROUPS[name]))
    record_property("different app/ entered", smoked)
    record_property("operations called", calls)


def test_no_set_is_left_out() -> None:
    sets: Iterator[Answers] = (answers for group in GROUPS.values() for answers in group)
    assert sorted(sets, key=str) == sorted(every_set(), key=str)
