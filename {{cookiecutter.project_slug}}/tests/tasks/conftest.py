"""What the tests of tasks share."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.support import waiting
from tests.support.cluster import Cluster
from tests.support.probe.tasks import notes
from tests.support.processes import Process, until

Submit = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where tasks of the probe note what they do."""
    folder = tmp_path / "notes"
    folder.mkdir()
    yield folder
    # Tasks that still wait for it can end.
    (folder / "go").touch()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"task_concurrency": 2, "task_queue_size": 5})


@pytest.fixture
def cluster(settings: Settings, tmp_path: Path, task_process: type[Process]) -> Iterator[Cluster]:
    cluster = Cluster(settings, tmp_path, task_process)
    yield cluster
    cluster.close()


@pytest.fixture
def submit(client: TestClient, runner: None) -> Submit:
    """Submits a task of the probe, and returns its location."""
    return partial(waiting.submit, client)


@pytest.fixture
def held(submit: Submit, folder: Path) -> list[str]:
    """Tasks that run for as long as the test wants: so many that all others wait."""
    locations = [submit("hold", folder=str(folder)) for _ in range(2)]
    until(lambda: len(notes(folder, "started")) == 2)
    return locations
