"""Rows with owners: what is generated with and without them, and a service that gets them later."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.fixtures import Bake
from support.hooks import FIELDS
from support.known import needed_servers
from support.lint import ruff_complains
from support.paths import files
from support.programs import attempt, run
from support.servers import Servers
from support.suites import SEQUENCES, run_pytest, try_tests

ALEMBIC = (sys.executable, "-m", "alembic")
DOMAINS = (
    "countries(name:text unique) shared, customers(email:text unique, country:countries), "
    "orders(customer:customers, status:new|paid, total:decimal, parent:orders?), "
    "lines(order:orders, customer:customers, number:int unique) unique"
)
RECORD = "scripts/scaffold/domains.txt"
OIDC = {"OIDC_ISSUER": "https://login.example"}
FILL = """
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
import asyncio
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


def change(service: Path, *words: str, status: int = 0) -> str:
    """What `make domain`, `make field` and `make undo-domain` run, and what it says."""
    command = [sys.executable, "-B", "scripts/domain.py", *words]
    done = subprocess.run(command, cwd=service, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


# The language


@pytest.mark.parametrize(
    ("text", "shared", "together"),
    [
        ("tags", False, False),
        ("tags shared", True, False),
        ("tags(name) Shared", True, False),
        ("tags(a:tags?, b:tags?, c:int) unique shared", True, True),
        ("tags(a:tags?, b:tags?, c:int) shared  unique", True, True),
        ("shareds", False, False),
    ],
)
def test_a_domain_may_be_shared(text: str, shared: bool, together: bool) -> None:
    assert FIELDS.domain_problems(text) == []
    [domain] = FIELDS.read_domains(text)
    assert (domain.shared, domain.together) == (shared, together)
    assert FIELDS.read_domains(domain.written().text) == [domain]


def test_what_is_shared_refers_to_nothing_that_is_not() -> None:
    text = "tags(owner:users?, kind:kinds, tag:tags?) shared, kinds shared, users"
    [said] = FIELDS.domain_problems(text)
    assert "'tags': field 'owner:users?': what is shared refers to nothing that is not" in said
    assert "write 'shared' after users, too" in said


def test_the_column_of_the_owner_is_taken_where_rows_have_owners() -> None:
    text = "tags(owner:users), users"
    assert FIELDS.domain_problems(text) == []
    [said] = FIELDS.domain_problems(text, owned=True)
    remedy = said.rpartition("call it ")[2].strip("'")
    assert FIELDS.domain_problems(text.replace("owner", remedy), owned=True) == []


# Services


def test_without_principals_nothing_is_shared_or_owned(bake: Bake) -> None:
    plain, shared = bake(domains="tags, users"), bake(domains="tags shared, users")
    record = "scripts/scaffold/domains.txt"
    assert {**files(plain), record: b""} == {**files(shared), record: b""}
    assert [name for name, text in files(plain).items() if b"own_indexed" in text or b"owner_id" in text] == [
        "scripts/scaffold/fields.py"
    ]


def unchained(service: Path) -> dict[str, bytes]:
    return {name: text for name, text in files(service).items() if not name.startswith("migrations/")}


@pytest.mark.parametrize("database", ["sqlite", "none"])
def test_what_comes_later_is_as_if_it_had_always_been_there(database: str, bake: Bake) -> None:
    answers = {"auth": "oidc", "database": database, "tasks": "none", "telemetry": "none"}
    service = bake(domains="countries(name) shared, customers(email:text unique)", **answers)
    before = unchained(service)
    change(service, "colours shared, orders(customer:customers, colour:colours, total:decimal)")
    change(service, "--field", "country:countries? unique", "orders")
    change(service, "--field", "code:text? unique", "countries")
    change(service, "--field", "parent:orders?", "orders")
    refused = change(service, "--field", "customer:customers?", "countries", status=1)
    assert "what is shared refers to nothing that is not" in refused
    refused = change(service, "marks(customer:customers) shared", status=1)
    assert "what is shared refers to nothing that is not" in refused
    refused = change(service, "--field", "owner:customers?", "orders", status=1)
    assert "the name 'owner_id' is taken" in refused
    whole = (
        "countries(name, code:text? unique) shared, customers(email:text unique), colours shared, "
        "orders(customer:customers, colour:colours, total:decimal, country:countries? unique, parent:orders?)"
    )
    assert {**unchained(service), RECORD: b""} == {**unchained(bake(domains=whole, **answers)), RECORD: b""}
    assert ruff_complains(service) == ""
    tests = ["tests/domains"]
    if database != "none":
        tests += ["tests/test_migrations.py", "tests/test_ownership_sql.py"]
        model = (service / "app" / "domains" / "orders" / "models.py").read_text(encoding="utf-8")
        assert 'UniqueConstraint("owner_id", "country_id")' in model
        assert '["country_id"],\n            ["countries.id"],' in model
    passed, said = try_tests(service, *tests)
    assert passed, said
    for name in ("orders", "colours"):
        change(service, "--undo", name)
    assert [name for name in unchained(service) if "orders" in name or "colours" in name] == []
    assert {*before} <= {*unchained(service)}


# A service that gets principals later


def revise(service: Path, env: dict[str, str], *options: str) -> tuple[int, str]:
    words = ("revision", "--autogenerate", "--message", "rows have owners")
    return attempt([*ALEMBIC, *options, *words], service, env, 120)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_rows_that_are_there_get_a_named_owner(database: str, bake: Bake, servers: Servers) -> None:
    answers = {"domains": DOMAINS, "database": database, "telemetry": "none"}
    service = bake(**answers, tasks="in-process")
    env = servers.settings(needed_servers(answers))
    run(*ALEMBIC, "upgrade", "head", cwd=service, env=env)
    run(sys.executable, "-c", FILL, cwd=service, env=env)
    made = bake(**answers, tasks="in-process", auth="oidc")
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
    # No migration needs a provider.
    env |= OIDC
    assert run(sys.executable, "-c", COUNT, cwd=service, env=env).split("\n")[:3] == [
        "customers o'brien|1:3",
        "orders o'brien|1:6",
        "lines o'brien|1:3",
    ]
    passed, said = try_tests(service, "tests/domains", "tests/test_migrations.py", "tests/test_ownership.py")
    assert passed, said


def test_a_development_database_is_filled_while_the_provider_is_away(bake: Bake, tmp_path: Path) -> None:
    service = bake(domains="countries(name) shared, customers(country:countries)", auth="oidc")
    env = {"OIDC_ISSUER": "http://127.0.0.1:9", "DATABASE_URL": f"sqlite:///{tmp_path}/rows.db"}
    run(*ALEMBIC, "upgrade", "head", cwd=service, env=env)
    said = run(sys.executable, "-B", "scripts/seed.py", "ada", cwd=service, env=env)
    assert said.splitlines() == ["countries: 20 rows", "customers: 20 rows"]


# Random sequences


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(
    ("auth", "database"),
    [
        pytest.param("accounts", "sqlite", marks=pytest.mark.weekly),
        ("accounts", "postgresql"),
        pytest.param("oidc", "postgresql", marks=pytest.mark.weekly),
        ("oidc", "none"),
    ],
)
def test_two_principals_do_300_random_sequences_and_neither_shows(
    auth: str, database: str, bake: Bake
) -> None:
    service = bake(auth=auth, database=database, domains=DOMAINS, telemetry="none")
    run_pytest(service, Path(sys.executable), "-m", "slow", SEQUENCES, timeout=1400)
