"""Digests of parts of a service: what holds of a content is found out once."""

import hashlib
from collections.abc import Mapping

from .known import CODE


def digest(service: Mapping[str, bytes], *parts: str) -> str:
    """One text for all that is in these folders and files."""
    held = sorted((name, text) for name, text in service.items() if name.split("/")[0] in parts)
    return hashlib.sha256(repr(held).encode()).hexdigest()


def code_of(service: Mapping[str, bytes]) -> str:
    return digest(service, *CODE)


def same_parts(service: Mapping[str, bytes]) -> str:
    """What is the same whichever domains there are."""
    same = {name: text for name, text in service.items() if "domains" not in name}
    return digest(same, "app", "tests")


# What a test that kills processes depends on, apart from itself.
PROCESSES = ("app/database", "app/health", "app/idempotency", "app/main", "app/tasks/", "app/worker")


def concerned(test: str, service: Mapping[str, bytes]) -> str:
    """All that such a test depends on; one of predictions, on these too."""
    parts = (*PROCESSES, "tests/support/", test)
    parts += ("app/predictions/",) if "predictions" in test else ()
    return digest({name: text for name, text in service.items() if name.startswith(parts)}, "app", "tests")
