"""Rendering by the command itself, under guard: it uses no network, and starts nothing but Python."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from support.fixtures import Tell
from support.paths import clone
from support.programs import environment

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
