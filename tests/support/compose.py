"""Compose files, as Docker's own program reads them; it needs no engine for that."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from get_servers import COMPOSE

from .factors import file
from .options import Answers
from .programs import run
from .union import completed

DEVELOPMENT, PRODUCTION = "compose.yaml", "compose.production.yaml"
# What the file for production wants to know.
SITE = {"SITE": "api.example.com", "OIDC_ISSUER": "https://login.example"}


def program() -> list[str]:
    if COMPOSE.exists():
        return [str(COMPOSE)]
    if shutil.which("docker"):
        return ["docker", "compose"]
    reason = "there is no docker-compose: `make test` gets it on Debian as root"
    return pytest.fail(reason) if os.geteuid() == 0 else pytest.skip(reason)


def parsed(path: Path, env: Mapping[str, str] = SITE) -> dict[str, Any]:
    """All of it, with every default; it must be valid."""
    command = [*program(), "--file", str(path), "config", "--format", "json"]
    found: dict[str, Any] = json.loads(run(*command, cwd=path.parent, env=env))
    return found


def texts(name: str) -> list[tuple[Answers, bytes]]:
    """The file in each of its states."""
    return file(name).texts()


def written(name: str, folder: Path) -> Iterator[Path]:
    """Each text of a file, in a folder of its own."""
    for number, (_, content) in enumerate(texts(name)):
        path = folder / f"{name}-{number}" / name
        path.parent.mkdir()
        path.write_bytes(content)
        yield path


def in_order(services: Mapping[str, Any]) -> list[str]:
    """After all on which each depends."""
    found: list[str] = []
    while len(found) < len(services):
        ready = [name for name in services if {*services[name].get("depends_on", {})} <= {*found}]
        new = [name for name in ready if name not in found]
        assert new, f"a circle among {services.keys() - found}"
        found += new
    return found


def of(name: str, **answers: str) -> bytes:
    content = file(name).render(completed(answers))
    assert content is not None
    return content
