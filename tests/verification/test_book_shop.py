"""A team puts a shop into a service, and every check of the service stays green."""

import shutil
import sys
from pathlib import Path

import pytest
from support.fixtures import Bake
from support.known import needed_servers
from support.options import Answers
from support.servers import Servers
from support.shop import ANSWERS, TOKEN, make, open_shop
from support.suites import check_migrations, check_types, run_tests

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]

SHOPS: dict[str, Answers] = {
    "sqlite": {"database": "sqlite", "tasks": "in-process"},
    "postgresql": {"database": "postgresql", "tasks": "postgresql"},
}


@pytest.mark.parametrize("answers", SHOPS.values(), ids=SHOPS)
def test_a_book_shop_passes_every_check_of_its_service(
    answers: Answers, bake: Bake, servers: Servers, tmp_path: Path
) -> None:
    service = bake(**ANSWERS, **answers)
    env = {**servers.settings(needed_servers(answers)), **TOKEN}
    assert open_shop(service, env) == set()
    make(service, "lint", env=env)
    python = Path(sys.executable)
    check_types(service, python.parent, tmp_path)
    check_migrations(service, python, env)
    # As the README says; the tests do not go by it.
    shutil.copy(service / ".env.example", service / ".env")
    run_tests(service, python, measured=True)
