"""What docs/operations.md of a service says to type when its rows must be kept, done on real databases."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.documents import blocks
from support.fixtures import Render
from support.live import Service, live
from support.load import USERS
from support.programs import run
from support.seen import read
from support.servers import PostgreSQL
from support.shop import tools_of

pytestmark = pytest.mark.timeout(300)
NAMES = "SELECT name FROM users ORDER BY name"


def keep_and_restore(service: Path) -> tuple[str, str]:
    keep, restore = blocks(service / "docs" / "operations.md")
    return keep, restore


def type_in(block: str, service: Path, env: Mapping[str, str]) -> None:
    tools = tools_of(service)
    path = f"{tools['PATH']}{os.pathsep}{env.get('PATH', '')}"
    run("bash", "-euc", block, cwd=service, env={**tools, **env, "PATH": path})


def add(service: Service, name: str) -> None:
    assert service.send("POST", USERS, name=name).status == 201


def test_a_copy_of_sqlite_in_use_is_whole_and_can_be_restored(render: Render, tmp_path: Path) -> None:
    root = render(tmp_path, {"database": "sqlite"})
    keep, restore = keep_and_restore(root)
    address = f"sqlite+aiosqlite:///{root}/service.db"
    with live(root, address) as service:
        add(service, "before")
        type_in(keep, root, {})
        add(service, "after")
        service.kill()
        assert (root / "service.db-wal").exists()
        type_in(restore, root, {})
        service.start()
        service.until("/health/ready", 200)
        add(service, "later")
        assert read(address, NAMES) == ["before", "later"]


def test_a_dump_of_postgresql_in_use_can_be_restored_into_an_empty_database(
    render: Render, tmp_path: Path
) -> None:
    root = render(tmp_path, {"database": "postgresql"})
    keep, restore = keep_and_restore(root)
    with PostgreSQL() as server:
        here = server.surroundings()
        old, new = (server.settings()["DATABASE_URL"].replace("+psycopg", "") for _ in range(2))
        with live(root, old) as service:
            add(service, "before")
            type_in(keep, root, {**here, "DATABASE_URL": old})
            add(service, "after")
        type_in(restore, root, {**here, "DATABASE_URL": new})
        with live(root, new) as service:
            service.until("/health/ready", 200)
            add(service, "later")
        assert read(new, NAMES) == ["before", "later"]
