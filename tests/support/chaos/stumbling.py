"""Copied into a service: its probe, where the step after the commit fails at random, or ends the process."""

import importlib
import os
import random
from typing import Any

DICE = random.Random(os.getpid())


def stumble(owner: Any, name: str, error: Exception) -> None:
    """Every third call fails before it does anything, and one in fifty is the last of this process."""
    whole = getattr(owner, name)

    async def stumbling(*arguments: Any, **options: Any) -> Any:
        if DICE.random() < 0.02:
            os._exit(9)
        if DICE.random() < 0.3:
            raise error
        return await whole(*arguments, **options)

    setattr(owner, name, stumbling)


if os.environ["TASKS"] == "redis":
    from docket import Docket

    stumble(Docket, "add_many", ConnectionError("planted"))
if os.environ["TASKS"] == "postgresql":
    from procrastinate.exceptions import ConnectorException
    from procrastinate.jobs import JobDeferrer

    stumble(JobDeferrer, "defer_async", ConnectorException("planted"))
if os.environ["TASKS"] == "in-process":
    in_process = importlib.import_module("app.tasks.in_process")
    stumble(in_process.InProcessBackend, "_wake", ConnectionError("planted"))

# Only now, with what is imported above as it is.
SERVED = "tests.support.worker" if __name__ == "__main__" else "tests.support.service"
app = getattr(importlib.import_module(SERVED), "app", None)
