"""Five hundred starts, each stopped within a tenth of a second, on every backend: each one ends."""

import sys
from pathlib import Path

import pytest
from support.chaos import BACKENDS
from support.fixtures import Bake, Record
from support.programs import run
from support.suites import PLUGINS

pytestmark = [pytest.mark.weekly, pytest.mark.timeout(3600)]
STARTS = 500


@pytest.mark.parametrize("name", BACKENDS)
def test_a_process_that_is_stopped_at_any_moment_of_its_start_ends(
    name: str, bake: Bake, record_property: Record
) -> None:
    service: Path = bake(**BACKENDS[name])
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *PLUGINS, "--timeout=3000")
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "STARTS": str(STARTS)}
    said = run(*command, "tests/tasks/test_starts.py", cwd=service, timeout=3300, env=environment)
    assert "1 passed" in said, said
    record_property("starts stopped at random moments", STARTS)
