"""What tests have to know of the queue: tasks run in the server, and wait in its memory."""

import pytest


@pytest.fixture
def runner() -> None:
    """Has the tasks of `client` run: nothing has to be started for that."""
