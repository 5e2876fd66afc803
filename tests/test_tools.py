"""The tools of this repository: uv is got with nothing but Python, and `make run` loses no work."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
import serve
import write_proof
from conftest import ROOT, SERVICE, files
from get_uv import PIP
from running import clone, run

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
    assert run(tmp_path / ".tools" / "bin" / "uv", "--version", cwd=tmp_path).startswith("uv 0.13.")


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
        threading.Thread(target=server.serve_forever).start()
        (folder / "url").write_text(f"http://127.0.0.1:{server.server_port}/", encoding="utf-8")
        yield folder
        server.shutdown()


@pytest.mark.parametrize(
    ("page", "told"),
    [('<a href="../{pip}#sha256=0">', "its checksum differs"), ("<a href='x'>", "There is no {pip} at ")],
)
def test_a_pip_that_is_not_the_known_one_is_refused(
    page: str, told: str, index: Path, tmp_path: Path
) -> None:
    (index / "pip").mkdir()
    (index / "pip" / "index.html").write_text(page.format(pip=PIP), encoding="utf-8")
    (index / PIP).write_bytes(b"not pip")
    url = (index / "url").read_text(encoding="utf-8")
    done = get_uv(tmp_path, "-c", WITHOUT_ENSUREPIP, PIP_INDEX_URL=url)
    assert done.returncode == 1
    assert told.format(pip=PIP) in done.stderr
    assert not (tmp_path / ".tools" / "bin").exists()


# make run and make new


def test_what_tools_leave_in_the_template_is_not_rendered(tmp_path: Path) -> None:
    copy = clone(tmp_path)
    before = files(copy / SERVICE)
    for name in (".ruff_cache/0", "app/__pycache__/a.pyc", ".coverage.host.1", ".venv/bin/python", "uv.lock"):
        path = copy / SERVICE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{{ \x89")
    run(sys.executable, "tools/render.py", "--no-input", "--default-config", cwd=copy)
    made = files(copy / "build" / "my-service")
    assert [name for name, text in made.items() if b"\x89" in text] == []
    assert "README.md" in {*made} & {*before}


def test_a_render_that_fails_is_not_served(rendered: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "render", lambda *_, quiet: 1)
    with pytest.raises(SystemExit, match="could not be rendered"):
        serve.prepare()


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the next render holds, for tests that need no real one."""
    texts = {"a.py": "one"}

    def render(folder: Path, *_: str, quiet: bool) -> int:
        service = folder / "my-service"
        service.mkdir()
        for name, text in texts.items():
            (service / name).write_text(text, encoding="utf-8")
        return 0

    monkeypatch.setattr(serve, "BUILD", tmp_path / "build")
    monkeypatch.setattr(serve, "RECORD", tmp_path / "build" / ".rendered.json")
    monkeypatch.setattr(serve, "render", render)
    return texts


def test_a_service_that_nobody_changed_is_rendered_anew(rendered: dict[str, str]) -> None:
    service = serve.prepare()
    (service / ".env").write_text("MINE=1", encoding="utf-8")
    del rendered["a.py"]
    rendered["b.py"] = "two"
    assert serve.prepare() == service
    assert {path.name: path.read_text(encoding="utf-8") for path in service.iterdir()} == {
        ".env": "MINE=1",
        "b.py": "two",
    }


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_service_with_changes_is_served_as_it_is(
    change: str, rendered: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = serve.prepare() / "a.py"
    file.write_text("mine", encoding="utf-8") if change == "edited" else file.unlink()
    before = [hashlib.sha256(path.read_bytes()).digest() for path in file.parent.iterdir()]
    rendered["a.py"] = "two"
    assert serve.prepare() == file.parent
    assert [hashlib.sha256(path.read_bytes()).digest() for path in file.parent.iterdir()] == before
    assert "build/my-service has changes of yours" in capsys.readouterr().out


def test_a_file_of_yours_is_not_written_over_by_a_new_one_of_ours(rendered: dict[str, str]) -> None:
    mine = serve.prepare() / "b.py"
    mine.write_text("mine", encoding="utf-8")
    rendered["b.py"] = "ours"
    serve.prepare()
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_service_of_another_origin_is_not_touched(rendered: dict[str, str]) -> None:
    mine = serve.BUILD / "my-service" / "a.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    assert serve.prepare() == mine.parent
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_taken_port_is_told_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} cannot be used.*make run PORT={port + 1}"):
            serve.check_free(port)


# The page of the proof


def report(folder: Path, name: str, *cases: str) -> str:
    """What pytest writes of a run."""
    path = folder / name
    path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>", encoding="utf-8")
    return str(path)


def test_a_proof_counts_each_test_as_it_was_run_last(tmp_path: Path) -> None:
    good, bad = '<testcase classname="a" name="b"/>', '<testcase classname="a" name="b"><failure/></testcase>'
    first, second = report(tmp_path, "first.xml", bad), report(tmp_path, "second.xml", good)
    assert len(write_proof.cases([first, second])) == 1
    for paths in ([second, first], [first], [report(tmp_path, "none.xml")]):
        with pytest.raises(SystemExit, match="Nothing is proven"):
            write_proof.cases(paths)


def test_the_page_tells_of_every_test_that_was_not_run(tmp_path: Path) -> None:
    one = (
        '<testcase classname="tests.proof.test_sizes" name="test_x"><skipped message="no server"/></testcase>'
    )
    rows = write_proof.not_run(write_proof.cases([report(tmp_path, "one.xml", one)]))
    assert "| no server | 1 |" in rows
    assert all(write_proof.purpose(path) in rows for path in (ROOT / "tests" / "proof").glob("test_*.py"))
