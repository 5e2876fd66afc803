"""What the tests of the page share: one build, one host, and a browser for each module."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from support.cruft import copy_history

from .browsers import browser
from .builds import build
from .hosts import Host, hosting
from .visitor import Visitor

NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="session")
def site_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it lies here, and a little different one commit before."""
    return copy_history(tmp_path_factory.mktemp("history") / "template")


@pytest.fixture(scope="session")
def site(site_history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The last two commits, also where there are tags.
    return build(site_history, tmp_path_factory.mktemp("site") / "page", "--old", "HEAD~1", "--new", "HEAD")


@pytest.fixture(scope="session")
def host(site: Path) -> Generator[Host]:
    with hosting(site) as opened:
        yield opened


# No longer than a module: while it is open, this thread has a running event loop.
@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def visitors(chromium: Browser, host: Host) -> Generator[NewVisitor]:
    """Opens tabs of one browser, which keeps what it has loaded; each must end without an error."""
    context = chromium.new_context(viewport={"width": 1400, "height": 950})
    opened: list[Visitor] = []

    def new(other: BrowserContext | None = None) -> Visitor:
        opened.append(Visitor(other or context, host.url))
        return opened[-1]

    yield new
    context.close()
    assert [error for visitor in opened for error in visitor.errors] == []


@pytest.fixture(scope="module")
def visitor(visitors: NewVisitor) -> Visitor:
    return visitors().visit()
