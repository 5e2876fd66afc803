"""What the tests share: a clean copy of the template, and ways to render it."""

import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter
from cookiecutter.utils import work_in
from jinja2 import Environment

pytest_plugins = ["servers"]

ROOT = Path(__file__).parent.parent
SERVICE = "{{cookiecutter.project_slug}}"
# What tools leave in the template when it is run in place.
LEFTOVERS = ("__pycache__", ".*_cache", ".venv", ".env", ".coverage*", ".hypothesis", "uv.lock", "*.egg-info")

Bake = Callable[..., Path]
Render = Callable[..., Path]
QuickBake = Callable[..., AbstractContextManager[Path]]
Rendered = Callable[..., dict[str, bytes]]
Claim = Callable[[str], bool]
Record = Callable[[str, object], None]
Tell = Callable[[str], None]


def load(path: Path) -> SimpleNamespace:
    """What a hook or script defines, unrendered; it does not do its work."""
    return SimpleNamespace(**runpy.run_path(str(path)))


PRE_GEN = load(ROOT / "hooks" / "pre_gen_project.py")
POST_GEN = load(ROOT / "hooks" / "post_gen_project.py")
DOMAIN = load(ROOT / SERVICE / "scripts" / "domain.py")


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and what is in it."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}


def ruff_complains(folder: Path) -> str:
    """What ruff's linter and formatter would change, by the folder's own rules."""
    said = ""
    for command in (["check"], ["format", "--diff"]):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        said += run.stdout if run.returncode else ""
    return said


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a user's `git clone` would have it."""
    copy = tmp_path_factory.mktemp("template") / "cookiecutter-fastapi-service"
    for name in ("hooks", SERVICE):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(*LEFTOVERS))
    shutil.copy(ROOT / "cookiecutter.json", copy)
    return copy


@pytest.fixture
def bake(cookies: Any, template: Path) -> Bake:
    """Render a service as a user does; every failure is shown, which pytest-cookies alone would hide."""

    def bake(**answers: str) -> Path:
        result = cookies.bake(extra_context=answers, template=str(template))
        assert result.exception is None, repr(result.exception)
        return Path(result.project_path)

    return bake


def run_here(script: str, cwd: str) -> None:
    """Run a hook in this process, which is faster than to start another."""
    with work_in(cwd):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as error:
            raise FailedHookException(error.code) from error


COMPILE, COMPILED = Environment.compile, dict[Any, Any]()


def compile_once(env: Environment, source: Any, *arguments: Any) -> Any:
    """What Jinja compiles takes two thirds of a render, and is the same in all of them."""
    key = (source, *arguments[:1], env.line_statement_prefix, env.trim_blocks, env.lstrip_blocks)
    if key not in COMPILED:
        COMPILED[key] = COMPILE(env, source, *arguments)
    return COMPILED[key]


@contextmanager
def hurry() -> Generator[None]:
    """Render in this process, with hooks, and without compiling anything twice."""
    with patch("cookiecutter.hooks.run_script", run_here), patch.object(Environment, "compile", compile_once):
        yield


@pytest.fixture(scope="session")
def render(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Render a service into a folder, with options of cookiecutter's that pytest-cookies does not know."""
    home = str(tmp_path_factory.mktemp("home"))
    config = {"replay_dir": home, "cookiecutters_dir": home}

    def render(folder: Path, answers: dict[str, str], **options: bool) -> Path:
        given: dict[str, Any] = {"extra_context": answers, "default_config": config, **options}
        return Path(cookiecutter(str(template), no_input=True, output_dir=str(folder), **given))

    return render


@pytest.fixture(scope="session")
def quick_bake(render: Render) -> QuickBake:
    """Render a service for as long as a `with` block takes; for tests with very many examples."""

    @contextmanager
    def quick_bake(**answers: str) -> Generator[Path]:
        with tempfile.TemporaryDirectory() as folder, hurry():
            yield render(Path(folder), answers)

    return quick_bake


@pytest.fixture(scope="session")
def rendered(quick_bake: QuickBake) -> Rendered:
    """The files of a service, rendered only once however often they are asked for."""

    @cache
    def rendered(**answers: str) -> dict[str, bytes]:
        with quick_bake(**answers) as service:
            return files(service)

    return rendered


@pytest.fixture(scope="session")
def raw(template: Path) -> dict[str, Path]:
    """Every file of the service, as it lies in the template."""
    root = template / SERVICE
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def claim(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Claim:
    """Whether no other test, in any process, has taken up the same content."""
    mine = tmp_path_factory.getbasetemp()
    folder = (mine if worker_id == "master" else mine.parent) / "claims"

    def claim(content: str) -> bool:
        try:
            (folder / content).mkdir(parents=True)
        except FileExistsError:
            return False
        return True

    return claim


@pytest.fixture
def tell(capfd: pytest.CaptureFixture[str]) -> Tell:
    """Print a figure where a person sees it."""

    def tell(figure: str) -> None:
        with capfd.disabled():
            sys.stderr.write(f"\n  {figure}\n")

    return tell
