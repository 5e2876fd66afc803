"""What the tests share: a clean copy of the template, and ways to render it."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.main import cookiecutter
from support import presets as answers
from support.fixtures import Bake, Presets, QuickBake, Render, Rendered
from support.paths import ROOT, files, raw_files
from support.rendering import hurry
from template import copy_template

# These are the tests of a service.
collect_ignore = ["support/book_shop"]
pytest_plugins = ["support.records", "support.servers", "support.site.fixtures", "support.summary"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first: at the end, no process is left alone with it."""

    def limit(item: pytest.Item) -> int:
        marker = item.get_closest_marker("timeout")
        return marker.args[0] if marker else 0

    items.sort(key=limit, reverse=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The template as a user's `git clone` would have it; no test may leave anything in it."""
    copy = copy_template(tmp_path_factory.mktemp("template") / ROOT.name)
    before = files(copy)
    yield copy
    assert files(copy) == before, "a test has changed the template that all tests render"


@pytest.fixture(scope="session")
def raw() -> dict[str, Path]:
    """Every file of the service, as it lies in the template."""
    return raw_files()


@pytest.fixture
def bake(cookies: Any, template: Path) -> Bake:
    """Render a service as a user does; every failure is shown, which pytest-cookies alone would hide."""

    def bake(**answers: str) -> Path:
        result = cookies.bake(extra_context=answers, template=str(template))
        assert result.exception is None, repr(result.exception)
        return Path(result.project_path)

    return bake


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
def presets(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Presets]:
    """The service that each preset makes, as README.md says; only to read."""
    made = {name: answers.make(name, template, tmp_path_factory.mktemp(name)) for name in answers.PRESETS}
    before = {name: files(service) for name, service in made.items()}
    yield made
    assert {name: files(service) for name, service in made.items()} == before, "a test has changed a preset's"
