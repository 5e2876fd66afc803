"""Other releases and other Pythons: as rendered, the newest of today, the lowest that are allowed."""

from itertools import product
from pathlib import Path

import pytest
from support.contents import same_parts
from support.covering import covering
from support.fixtures import Bake, Claim, RanNothing, Record
from support.interpreters import PYTHONS, RELEASES, interpreter, prepare
from support.known import label
from support.paths import files
from support.suites import run_tests

pytestmark = [pytest.mark.weekly, pytest.mark.timeout(1800)]


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.mark.parametrize("answers", covering(2), ids=label)
@pytest.mark.parametrize(
    ("version", "releases"),
    # In one process: they share an environment.
    [
        pytest.param(*pair, marks=pytest.mark.xdist_group(" ".join(pair)), id=" ".join(pair))
        for pair in product(PYTHONS, RELEASES)
    ],
)
def test_a_service_works(
    version: str,
    releases: str,
    answers: dict[str, str],
    bake: Bake,
    claim: Claim,
    environments: Path,
    record_property: Record,
    ran_nothing: RanNothing,
) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not present")
    service, where = bake(**answers), f"{version}-{releases.replace(' ', '-')}"
    # Which domains there are does not matter to releases.
    if not claim(f"{version} {releases} parts {same_parts(files(service))}"):
        ran_nothing("another service with the same parts ran their tests")
        return
    run_tests(service, prepare(environments / where, python, releases))
    record_property(f"services tested with Python {version}, {releases}", 1)
