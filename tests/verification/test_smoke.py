"""Each different application within the pairs: its lifespan is entered, and every operation called once."""

import json
import sys
from pathlib import Path

import pytest
import support
from support.contents import digest
from support.covering import covering
from support.fixtures import QuickBake, Record
from support.known import label, needed_servers
from support.options import Answers
from support.programs import run
from support.servers import Servers
from support.union import assembled

SMOKE = Path(support.__file__).with_name("smoke.py")


def different() -> dict[str, Answers]:
    """One combination for each content of app/ and migrations/ within the pairs, and each text of domains."""
    rows = covering(2)[::-1]
    parts = {digest(assembled(row), "app", "migrations"): row for row in rows}
    domains = {row["domains"]: row for row in rows}
    return {label(row): row for row in reversed([*domains.values(), *parts.values()])}


def is_once(answers: Answers) -> bool:
    return answers in covering(1)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(row, id=name, marks=() if is_once(row) else pytest.mark.long)
        for name, row in different().items()
    ],
)
def test_an_application_opens_and_answers_every_operation(
    answers: Answers, quick_bake: QuickBake, servers: Servers, record_property: Record
) -> None:
    settings = servers.settings(needed_servers(answers))
    with quick_bake(**answers) as service:
        if (service / "migrations").exists():
            run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=service, env=settings)
        said = run(sys.executable, SMOKE, cwd=service, env={"PYTHONPATH": str(service), **settings})
    record_property("different applications entered", 1)
    record_property("operations called", json.loads(said.splitlines()[-1])["operations"])
