"""Rows with owners: what is generated with and without them, and a service that gets them later."""

import shutil
import sys
from pathlib import Path

import pytest
from support.fixtures import Bake
from support.known import needed_servers
from support.lint import ruff_complains
from support.paths import files
from support.programs import attempt, run
from support.servers import Servers
from support.suites import try_tests

ALEMBIC = (sys.executable, "-m", "alembic")
DOMAINS = (
    "countries(name:text unique) shared, customers(email:text unique, country:countries), "
    "orders(customer:customers, status:new|paid, total:decimal, parent:orders?), "
    "lines(order:orders, customer:customers, number:int unique) unique"
)
OIDC = {"OIDC_ISSUER": "https://login.example"}
FILL = """
import json, sys
from fastapi.testclient import TestClient
from app.factory import create_app
from app.settings import read_settings
with TestClient(create_app(read_settings(log_level="ERROR"))) as client:
    def create(path, **body):
        created = client.post(f"/v1/{path}", json=body)
        assert created.status_code == 201, created.text
        return created.json()["id"]
    country = create("countries", name="Utopia")
    for number in range(3):
        customer = create("customers", email=f"{number}@example.com", country_id=country)
        order = create("orders", customer_id=customer, status="new", total="1.5")
        create("orders", customer_id=customer, status="paid", total="2.5", parent_id=order)
        create("lines", order_id=order, customer_id=customer, number=number)
"""
COUNT = """
import asyncio, json
from sqlalchemy import text
from app.database import open_database
from app.settings import read_settings
async def count():
    async with open_database(read_settings()) as database, database.begin() as session:
        for table in ("customers", "orders", "lines"):
            rows = await session.execute(text(f"SELECT owner_id, count(*) FROM {table} GROUP BY 1"))
            print(table, *(f"{owner}:{number}" for owner, number in rows))
asyncio.run(count())
"""


def revise(service: Path, env: dict[str, str], *options: str) -> tuple[int, str]:
    words = ("revision", "--autogenerate", "--message", "rows have owners")
    return attempt([*ALEMBIC, *options, *words], service, env, 120)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_rows_that_are_there_get_a_named_owner(database: str, bake: Bake, servers: Servers) -> None:
    answers = {"domains": DOMAINS, "database": database, "telemetry": "none"}
    service = bake(**answers, tasks="in-process")
    env = servers.settings(needed_servers(answers))
    run(*ALEMBIC, "upgrade", "head", cwd=service, env=env)
    run(sys.executable, "-c", FILL, cwd=service, env=env)
    made = bake(**answers, tasks="in-process", auth="oidc")
    env |= OIDC
    # Migrations that say something else than what was applied.
    before = files(service / "migrations" / "versions")
    shutil.copytree(made, service, dirs_exist_ok=True)
    status, said = revise(service, env, "-x", "owner=ada")
    assert status != 0
    assert "Let migrations that were applied be as they were" in said
    for name, content in before.items():
        (service / "migrations" / "versions" / name).write_bytes(content)
    status, said = revise(service, env)
    assert status != 0
    assert "Say who gets them: make migration name=... owner=NAME" in said
    status, said = revise(service, env, "-x", "owner=o'brien|1")
    assert status == 0, said
    assert ruff_complains(service) == ""
    for words in ("upgrade head", "check", "downgrade -1", "upgrade head", "check"):
        run(*ALEMBIC, *words.split(), cwd=service, env=env)
    assert run(sys.executable, "-c", COUNT, cwd=service, env=env).split("\n")[:3] == [
        "customers o'brien|1:3",
        "orders o'brien|1:6",
        "lines o'brien|1:3",
    ]
    passed, said = try_tests(service, "tests/domains", "tests/test_migrations.py", "tests/test_ownership.py")
    assert passed, said
