"""A user's first hour: what the documents say works as it is written, in a new environment."""

import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Render, Tell
from documents import follow
from fuzzing import fuzz
from running import clone, environment, free_port, run, serving

# In one process, one after the other: they share a service, and what is timed has a core to itself.
pytestmark = pytest.mark.xdist_group("fresh")

# Ends a Python that reaches for the network, or starts anything but another Python.
GUARD = """
import os, sys

EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "os.system", "os.exec", "os.posix_spawn"}

def guard(event, arguments):
    if event in EVENTS or (event == "subprocess.Popen" and arguments[0] != sys.executable):
        os.write(2, f"no {event}, please".encode())
        os._exit(97)

sys.addaudithook(guard)
"""


@pytest.fixture(scope="session")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default service, not yet installed."""
    return render(tmp_path_factory.mktemp("fresh"), {})


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone(tmp_path_factory.mktemp("clone"))


def bake(template: Path, folder: Path, guard: Path) -> subprocess.CompletedProcess[str]:
    """Render by the command itself, under guard."""
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "cookiecutter", "--default-config", "--no-input", "-o", folder, template],
        env=environment({"PYTHONPATH": str(guard), "HOME": str(folder)}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_rendering_uses_no_network_and_no_other_program(template: Path, tmp_path: Path, tell: Tell) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = bake(template, tmp_path / "made", tmp_path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tell(f"`cookiecutter --no-input`: {spent:.2f} s CPU")


@pytest.mark.parametrize(
    ("act", "event"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo"),
        ("import subprocess; subprocess.run(['git'])", "subprocess.Popen"),
    ],
)
def test_a_hook_that_did_so_would_be_caught(act: str, event: str, tmp_path: Path) -> None:
    copy = clone(tmp_path)
    hook = copy / "hooks" / "post_gen_project.py"
    hook.write_text(f"{act}\n{hook.read_text(encoding='utf-8')}", encoding="utf-8")
    done = bake(copy, tmp_path / "made", tmp_path)
    assert done.returncode != 0
    assert f"no {event}, please" in done.stderr


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
    project = (checkout / "build" / "book-shop" / "pyproject.toml").read_text(encoding="utf-8")
    assert 'name = "book-shop"' in project


def test_what_the_readme_says_works(checkout: Path, tmp_path: Path) -> None:
    """Its own tests are left out, for they are these; the questions are answered with Enter."""
    here = {
        "make test": "make help",
        "uvx cookiecutter": "yes '' | uv tool run cookiecutter --default-config --output-dir made",
        "gh:ORG/cookiecutter-fastapi-service": str(checkout),
    }
    assert follow(checkout / "README.md", checkout, tmp_path, here) >= 3
    assert sorted(path.name for path in (checkout / "made").iterdir()) == ["book-shop", "my-service"]


# The service as strangers see it


def test_schemathesis_finds_nothing(service: Path, tmp_path: Path) -> None:
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", tmp_path / "server.log"
    command = f"uv run --python {sys.executable} uvicorn app.main:app --port {port}"
    run("make", "migrate", cwd=service)
    with serving(command, f"{url}/health/ready", service, log, {"DRAIN_DELAY": "0"}):
        fuzz(url, tmp_path, 25)
    assert '"level":"error"' not in log.read_text(encoding="utf-8")


def test_the_benchmark_prints_its_rows(service: Path) -> None:
    said = run("uv", "run", "--python", sys.executable, "python", "benchmarks/run.py", "--quick", cwd=service)
    cases = ["health", "item", "page of 50 rows", "unrouted 404", "invalid body"]
    tasks = ["until it is submitted", "CPU for a task", "tasks a second"]
    rows = re.findall(r"^ *(\D.*?)  +\d+ [\w/]+  +\d+ [\w/]+  +\d+\.\d\d$", said, re.MULTILINE)
    assert rows == [*cases, "CPU", "memory", "page of 100 rows", *tasks, *cases], said
