"""`make run` and `make new`: a service is rendered and served, and no work in it is lost."""

import hashlib
import re
import socket
import sys
from pathlib import Path

import httpx2
import pytest
import serve
from support.fixtures import Render
from support.paths import SERVICE, clone, files
from support.programs import free_port, run, serving
from support.shop import tools_of


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


def test_a_service_without_changes_is_rendered_again(rendered: dict[str, str]) -> None:
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


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} cannot be used.*make run PORT={port + 1}"):
            serve.check_free(port)


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_port_that_does_not_exist_is_named(port: int) -> None:
    with pytest.raises(SystemExit, match=f"no port {port}.*make run PORT="):
        serve.check_free(port)


# The `make run` of a service


def test_make_run_prints_an_address_that_answers_and_says_when_its_port_is_taken(
    render: Render, tmp_path: Path
) -> None:
    service, port, log = render(tmp_path, {}), free_port(), tmp_path / "log"
    env = {**tools_of(service), "PORT": f"{port}"}
    with serving("make -s run", f"http://127.0.0.1:{port}/docs", service, log, env):
        [printed] = re.findall(f"http://127.0.0.1:{port}/.+", log.read_text(encoding="utf-8"))
        assert httpx2.get(printed).status_code == 200
        with pytest.raises(AssertionError, match=f"Port {port} cannot be used: .* make run PORT="):
            run("make", "-s", "run", cwd=service, env=env)
    assert "taken" not in log.read_text(encoding="utf-8")
