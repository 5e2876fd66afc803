"""A user's first hour: what the documents say works as it is written, in a new environment."""

import re
import sys
import time
from pathlib import Path

import pytest
from support.cruft import commit, git
from support.documents import BLOCK, follow
from support.fixtures import Render, Tell
from support.fuzzing import fuzz
from support.paths import ROOT, clone
from support.presets import ADDRESS
from support.programs import free_port, run, serving
from support.seen import read

# In one process, one after the other: they share a service, and what is timed has a core to itself.
pytestmark = [pytest.mark.xdist_group("fresh"), pytest.mark.timeout(900)]

ORDERS = "SELECT email FROM customers JOIN orders ON orders.customer_id = customers.id"


@pytest.fixture(scope="session")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default service, not yet installed."""
    return render(tmp_path_factory.mktemp("fresh"), {})


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone(tmp_path_factory.mktemp("clone"))


def test_make_run_serves_and_a_second_one_too(checkout: Path, tmp_path: Path, tell: Tell) -> None:
    for attempt in ("first", "second"):
        port, log, start = free_port(), tmp_path / attempt, time.perf_counter()
        url = f"http://127.0.0.1:{port}"
        with serving("make run", f"{url}/health/ready", checkout, log, {"PORT": str(port)}):
            tell(f"{attempt} `make run` to the first 200: {time.perf_counter() - start:.1f} s")
            said = log.read_text(encoding="utf-8")
        assert f"build/my-service will answer on {url}\n" in said
        assert "make new" in said
        assert "changes of yours" not in said


def test_make_new_asks_and_leaves_the_service_in_build(tmp_path: Path) -> None:
    checkout = clone(tmp_path)
    run("bash", "-c", "(echo Book Shop; yes '') | make new", cwd=checkout)
    readme = (checkout / "build" / "book-shop" / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# Book Shop\n")


def repository(folder: Path) -> Path:
    """What people clone, under the name that it has for them."""
    found = clone(folder).rename(folder / "cookiecutter-fastapi-service")
    git(found, "init", "--quiet")
    commit(found)
    return found


def test_an_order_of_a_customer_takes_five_commands() -> None:
    _, _, section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## An order of a customer")
    shown = "".join(re.findall(BLOCK, section.partition("\n## ")[0]))
    commands = re.sub(r"\n +", " ", shown).splitlines()
    assert [command.split()[0] for command in commands] == ["git", "make", "make", "customer=$(curl", "curl"]


def test_what_the_readme_says_works(checkout: Path, tmp_path: Path) -> None:
    """Its own tests are left out, for they are these; the questions are answered with Enter."""
    here = {
        "https://github.com/ORG/cookiecutter-fastapi-service": str(repository(tmp_path)),
        "make test": "make help",
        ADDRESS: f"file://{checkout}",
        # A preset takes the place of the configuration; elsewhere, the default one stands in.
        "uvx cookiecutter gh:ORG/cookiecutter-fastapi-service --no-input --config-file": (
            f"uv tool run cookiecutter --output-dir made {checkout} --no-input --config-file"
        ),
        "uvx cookiecutter": "yes '' | uv tool run cookiecutter --default-config --output-dir made",
        "gh:ORG/cookiecutter-fastapi-service": str(checkout),
    }
    assert follow(checkout / "README.md", checkout, tmp_path, here) >= 3
    assert sorted(path.name for path in (checkout / "made").iterdir()) == [
        "book-api",
        "book-shop",
        "my-service",
    ]
    shop = checkout / "cookiecutter-fastapi-service" / "build" / "shop"
    assert read(f"sqlite:///{shop}/service.db", ORDERS) == ["ada@example.com"]


# The service as strangers see it


def test_schemathesis_finds_nothing(service: Path, tmp_path: Path) -> None:
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", tmp_path / "server.log"
    command = f"uv run --python {sys.executable} uvicorn app.main:app --port {port}"
    run("make", "migrate", cwd=service)
    with serving(command, f"{url}/health/ready", service, log, {"DRAIN_DELAY": "0"}):
        fuzz(url, tmp_path, 25)
    assert '"level":"error"' not in log.read_text(encoding="utf-8")
