"""uv is found, or installed with nothing but Python."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from get_uv import PIP
from support.paths import ROOT
from support.programs import run

WITHOUT_ENSUREPIP = """
import runpy, sys
sys.modules["ensurepip"] = None
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def get_uv(folder: Path, *python: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script where nothing but Python is found."""
    script = folder / "tools" / "get_uv.py"
    script.parent.mkdir()
    script.write_bytes((ROOT / "tools" / "get_uv.py").read_bytes())
    hidden = ("VIRTUAL_ENV", "UV", "PYTHONPATH")
    kept = {name: text for name, text in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, *python, str(script)],
        env={**kept, "PATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("python", [(), ("-c", WITHOUT_ENSUREPIP)], ids=["with pip", "as Debian has it"])
def test_uv_is_installed_with_nothing_but_python(python: tuple[str, ...], tmp_path: Path) -> None:
    done = get_uv(tmp_path, *python)
    assert done.returncode == 0, done.stderr
    for name in ("uv", "uvx"):
        assert run(tmp_path / ".tools" / "bin" / name, "--version", cwd=tmp_path).startswith(f"{name} 0.13.")


def test_a_uv_that_is_there_is_used(tmp_path: Path) -> None:
    uv = tmp_path / "somewhere" / "uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\necho mine\n", encoding="utf-8")
    uv.chmod(0o755)
    assert get_uv(tmp_path, PATH=str(uv.parent)).returncode == 0
    assert run(tmp_path / ".tools" / "bin" / "uv", cwd=tmp_path) == "mine\n"


@pytest.fixture
def index(tmp_path: Path) -> Generator[Path]:
    """A package index of our own on loopback, from a folder."""
    folder = tmp_path / "index"
    folder.mkdir()
    with HTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (folder / "url").write_text(f"http://127.0.0.1:{server.server_port}/", encoding="utf-8")
        try:
            yield folder
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("page", "message"),
    [('<a href="../{pip}#sha256=0">', "its checksum differs"), ("<a href='x'>", "There is no {pip} at ")],
)
def test_a_pip_that_is_not_the_known_one_is_refused(
    page: str, message: str, index: Path, tmp_path: Path
) -> None:
    (index / "pip").mkdir()
    (index / "pip" / "index.html").write_text(page.format(pip=PIP), encoding="utf-8")
    (index / PIP).write_bytes(b"not pip")
    url = (index / "url").read_text(encoding="utf-8")
    done = get_uv(tmp_path, "-c", WITHOUT_ENSUREPIP, PIP_INDEX_URL=url)
    assert done.returncode == 1
    assert message.format(pip=PIP) in done.stderr
    assert not (tmp_path / ".tools" / "bin").exists()
