"""Domains with fields and references, as strangers see them: whatever they send."""

import sys
from pathlib import Path

import pytest
from support.fixtures import Render
from support.fuzzing import fuzz, make_rows
from support.known import needed_servers
from support.programs import free_port, run, serving
from support.servers import Servers

pytestmark = pytest.mark.timeout(900)

DOMAINS = (
    "customers(email:text unique, name)",
    "products(sku:text unique, price:decimal, stock:int)",
    "orders(customer:customers, status:new|paid|shipped, placed_at:datetime, note:text?)",
    "order_lines(order:orders, product:products, quantity:int, price:decimal)",
)


@pytest.mark.parametrize(
    ("database", "examples"),
    [
        ("sqlite", 5),
        pytest.param("none", 50, marks=pytest.mark.long),
        pytest.param("postgresql", 50, marks=pytest.mark.long),
    ],
)
def test_schemathesis_finds_nothing_in_domains_that_refer_to_each_other(
    database: str, examples: int, render: Render, servers: Servers, tmp_path: Path
) -> None:
    answers = {"domains": ", ".join(DOMAINS), "database": database, "tasks": "none"}
    service = render(tmp_path, answers)
    log, port = tmp_path / "server.log", free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {**servers.settings(needed_servers(answers)), "DRAIN_DELAY": "0"}
    if database != "none":
        run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=service, env=settings)
    command = f"exec {sys.executable} -m uvicorn app.main:app --port {port}"
    with serving(command, f"{url}/health/ready", service, log, settings):
        fuzz(url, tmp_path, examples, rows=make_rows(service, url))
    assert '"level":"error"' not in log.read_text(encoding="utf-8")
