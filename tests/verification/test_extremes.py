"""The smallest service, the default, and the one with everything: each by its own README, newly installed."""

import re
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from support.documents import blocks, follow, goes_on, steps
from support.fixtures import Render, Tell
from support.interpreters import interpreter
from support.known import needed_servers
from support.options import EXTREMES
from support.paths import files
from support.programs import run
from support.servers import Servers

# One after the other: what is timed has a core to itself.
pytestmark = [pytest.mark.xdist_group("fresh"), pytest.mark.timeout(1800)]

NAMES = [
    pytest.param(name, marks=() if name == "default" else pytest.mark.long, id=name) for name in EXTREMES
]
# The words that the verbs need.
WORDS = {
    "domain": ["name=invoices, bills(invoice:invoices, total:decimal)"],
    "field": ["domain=invoices", "field=paid_at:datetime?"],
    "migration": ["name=later"],
    "seed": [f"owner={UUID(int=1)}"],
    "undo-domain": ["name=bills"],
}
# Run elsewhere: the servers by the README; the model, the image and what CI alone runs by their own tests.
ELSEWHERE = {"help", "run", "worker", "issuer", "model", "audit", "ci", "image", "sbom"}
# CPython 3.11 can spin for ever under coverage when threads with greenlets end.
PYTHON = interpreter("3.13") or interpreter("3.12") or Path(sys.executable)
# All tests of a service take minutes: they run once, by `make coverage`.
SOME_TESTS = {"PYTEST_ADDOPTS": "tests/test_openapi.py"}
# With everything they take ten, and run in CI elsewhere: all of them are covered in `make proof`.
FEW_TESTS = {
    "coverage": {"PYTEST_ADDOPTS": "--cov-fail-under=0 tests/test_openapi.py tests/domains"},
    "test-slow": {"PYTEST_ADDOPTS": "tests/test_main.py"},
}


def verbs(service: Path) -> list[str]:
    return [line.split()[0] for line in run("make", cwd=service).splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_of_a_service_works_in_an_environment_of_its_own(
    name: str, render: Render, new_servers: Servers, tmp_path: Path, tell: Tell
) -> None:
    service = render(tmp_path, EXTREMES[name])
    env = new_servers.surroundings(needed_servers(EXTREMES[name]))
    start = time.perf_counter()
    run("uv", "sync", "--python", PYTHON, cwd=service, env=env)
    tell(f"`uv sync` of the {name} service: {time.perf_counter() - start:.1f} s")
    first = [step for step in steps(blocks(service / "README.md")[0]) if not goes_on(step)]
    run("bash", "-euc", "\n".join(first), cwd=service, env=env)
    before = files(service / "app")
    run("make", "fix", cwd=service, env=env)
    assert files(service / "app") == before
    chosen = FEW_TESTS if name == "everything" else {}
    for verb in sorted({*verbs(service)} - ELSEWHERE - {"lint", "test", "check", "coverage"}):
        run("make", verb, *WORDS.get(verb, ["x=y"]), cwd=service, env={**env, **chosen.get(verb, {})})
    said = run("make", "coverage", cwd=service, env={**env, **chosen.get("coverage", {})}, timeout=1200)
    assert "tests/domains/invoices" in said
    assert " skipped" not in said
    # This is `make lint` and `make test`.
    assert "tests/test_openapi.py" in run("make", "check", cwd=service, env={**env, **SOME_TESTS})


@pytest.mark.weekly
def test_the_service_with_everything_covers_what_it_promises(
    render: Render, new_servers: Servers, tmp_path: Path
) -> None:
    service = render(tmp_path, EXTREMES["everything"])
    env = new_servers.surroundings(needed_servers(EXTREMES["everything"]))
    run("uv", "sync", "--python", PYTHON, cwd=service, env=env)
    assert " skipped" not in run("make", "coverage", cwd=service, env=env, timeout=1700)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_readme_of_a_service_says_works(
    name: str, render: Render, new_servers: Servers, tmp_path: Path
) -> None:
    service = render(tmp_path, EXTREMES[name])
    env = new_servers.surroundings(needed_servers(EXTREMES[name]))
    assert follow(service / "README.md", service, tmp_path, env=env) >= 3


@pytest.mark.parametrize("name", EXTREMES)
def test_the_readme_of_a_service_explains_every_verb(name: str, render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, EXTREMES[name])
    readme = (service / "README.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| `make ([\w-]+)", readme, re.MULTILINE)
    assert {"help", *written} == {*verbs(service)}
