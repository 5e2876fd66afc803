"""Fixtures by which a test says what it has done, so that no other one does the same again."""

import sys

import pytest

from .fixtures import Claim, RanNothing, Record, Tell


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
def ran_nothing(record_property: Record) -> RanNothing:
    """Says that a test had nothing left to do: it passes, and counts as no proof."""

    def ran_nothing(reason: str) -> None:
        record_property("ran nothing", reason)

    return ran_nothing


@pytest.fixture
def tell(capfd: pytest.CaptureFixture[str]) -> Tell:
    """Print a figure where a person sees it."""

    def tell(figure: str) -> None:
        with capfd.disabled():
            sys.stderr.write(f"\n  {figure}\n")

    return tell
