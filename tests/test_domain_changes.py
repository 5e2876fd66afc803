"""What happens to a domain later: it gets fields and values, and goes again."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.fixtures import Bake
from support.known import needed_servers
from support.lint import ruff_complains
from support.paths import files
from support.programs import run
from support.servers import Servers
from support.suites import try_tests

ALEMBIC = (sys.executable, "-m", "alembic")
DOMAINS = "customers(email:text unique), orders(customer:customers, status:new|paid, total:decimal)"
# A field of each kind.
NEW = {
    "note": "text?",
    "story": "longtext?",
    "count": "int? unique",
    "fee": "decimal?",
    "weight": "float?",
    "gift": "bool?",
    "due": "date? unique",
    "paid_at": "datetime?",
    "token": "uuid? unique",
    "extra": "json?",
    "level": "low|high?",
    "payer": "customers?",
    "parent": "orders?",
    "owner": "customers? unique",
}


def change(service: Path, *words: str, status: int = 0) -> str:
    """What `make domain`, `make field` and `make undo-domain` run, and what it says."""
    command = [sys.executable, "-B", "scripts/domain.py", *words]
    done = subprocess.run(command, cwd=service, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def own(service: Path) -> dict[str, bytes]:
    """Its files, without what Python and the database have made."""
    return {
        name: content
        for name, content in files(service).items()
        if "__pycache__" not in name and not name.startswith("service.db")
    }


def without_migrations(service: Path) -> dict[str, bytes]:
    return {name: text for name, text in own(service).items() if not name.startswith("migrations/")}


def migrate(service: Path, env: dict[str, str] | None = None) -> None:
    """Up, down and up again; and the models say the same."""
    for words in ("upgrade head", "check", "downgrade base", "upgrade head", "check"):
        run(*ALEMBIC, *words.split(), cwd=service, env=env or {})


# A domain that goes


def test_a_domain_that_was_just_added_leaves_nothing(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    before = own(service)
    added = change(service, "invoices(order:orders, total:decimal), person:people")
    assert "app/domains/invoices" in added
    # The newest first: a migration that another one follows stays.
    change(service, "--undo", "people")
    assert "app/domains/invoices/models.py" in change(service, "--undo", "invoices")
    assert own(service) == before
    assert not (service / "app" / "domains" / "invoices").exists()


def test_what_would_be_written_is_listed_and_nothing_else_happens(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    before = own(service)
    listed = change(service, "--dry-run", "invoices(total:decimal)").splitlines()
    assert own(service) == before
    change(service, "invoices(total:decimal)")
    assert {*own(service)} - {*before} == {*listed} - {*before}
    assert "migrations/versions/create_invoices.py" in listed


def test_the_same_domain_again_changes_nothing(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    change(service, "invoices(total:decimal)")
    before = own(service)
    orders = "orders(customer:customers,status:new|paid,total:decimal)"
    for text in ("invoices(total:decimal)", f"Invoices( total : decimal ), {orders}"):
        assert "Nothing to do" in change(service, text)
    assert "make field adds a field to it" in change(service, "invoices(total:int)", status=1)
    assert "Nothing to do" in change(service, "--field", "status:new|paid", "orders")
    assert own(service) == before


def test_a_domain_that_was_changed_stays(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    domain = service / "app" / "domains" / "orders"
    with (domain / "service.py").open("a", encoding="utf-8") as file:
        file.write("\n\nRULE = 1\n")
    (domain / "prices.py").write_text('"""Prices."""\n', encoding="utf-8")
    before = own(service)
    said = change(service, "--undo", "orders", status=1)
    assert "app/domains/orders/service.py is not what would be generated" in said
    assert "app/domains/orders/prices.py is not what would be generated" in said
    assert own(service) == before
    change(service, "--undo", "--force", "orders")
    assert (domain / "prices.py").exists()
    assert not (domain / "service.py").exists()
    assert "orders" not in (service / "app" / "domains" / "__init__.py").read_text(encoding="utf-8")


def test_a_domain_that_others_refer_to_stays(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    before = own(service)
    said = change(service, "--undo", "--force", "customers", status=1)
    assert "app/domains/orders/models.py refers to it" in said
    assert own(service) == before
    assert "was not generated here; these were: customers, orders" in change(service, "--undo", "x", status=1)
    assert "say which domain" in change(service, "--undo", "", status=1)


def test_a_table_that_exists_is_dropped_by_a_migration(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    run(*ALEMBIC, "upgrade", "head", cwd=service)
    change(service, "--field", "parent:orders?", "orders")
    assert "drop_orders.py, which drops the table" in change(service, "--undo", "orders")
    assert (service / "migrations" / "versions" / "create_orders.py").exists()
    assert ruff_complains(service) == ""
    migrate(service)
    with closing(sqlite3.connect(service / "service.db")) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert "customers" in tables
    assert "orders" not in tables


def test_a_domain_comes_and_goes_any_number_of_times(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    for _ in range(3):
        change(service, "invoices(order:orders?, total:decimal)")
        run(*ALEMBIC, "upgrade", "head", cwd=service)
        change(service, "--undo", "invoices")
    change(service, "invoices(total:int)")
    assert ruff_complains(service) == ""
    migrate(service)
    assert "migrations/versions/create_invoices_4.py" in own(service)


def test_a_domain_whose_first_migration_is_gone_goes_all_the_same(bake: Bake) -> None:
    service = bake(domains="orders(total:decimal)")
    created = service / "migrations" / "versions" / "create_orders.py"
    other = created.with_name("first.py")
    other.write_text(created.read_text(encoding="utf-8").replace("create_orders", "first"), encoding="utf-8")
    created.unlink()
    run(*ALEMBIC, "upgrade", "head", cwd=service)
    change(service, "--undo", "orders")
    migrate(service)


# Fields and values


def test_a_field_that_came_later_is_as_if_it_had_always_been_there(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    for name, type_ in NEW.items():
        assert "Next: make check" in change(service, "--field", f"{name}:{type_}", "orders")
    change(service, "--field", "status:new|paid|sent back|lost".replace(" ", "_"), "orders")
    fields = "".join(f", {name}:{type_}" for name, type_ in NEW.items())
    whole = DOMAINS.replace("new|paid", "new|paid|sent_back|lost").replace("decimal)", f"decimal{fields})")
    assert without_migrations(service) == without_migrations(bake(domains=whole))
    assert ruff_complains(service) == ""
    migrate(service)
    passed, said = try_tests(service, "tests/domains/orders", "tests/test_migrations.py")
    assert passed, said


@pytest.mark.long
def test_a_field_comes_later_on_postgresql_too(bake: Bake, servers: Servers) -> None:
    answers = {"database": "postgresql", "tasks": "none"}
    service = bake(domains=DOMAINS, **answers)
    for name, type_ in NEW.items():
        change(service, "--field", f"{name}:{type_}", "orders")
    change(service, "--field", "status:new|paid|lost", "orders")
    migrate(service, servers.settings(needed_servers(answers)))


def test_rows_in_memory_have_fields_that_came_later(bake: Bake) -> None:
    service = bake(domains=DOMAINS, database="none")
    change(service, "--field", "payer:customers? unique", "orders")
    whole = bake(domains=DOMAINS.replace("decimal)", "decimal, payer:customers? unique)"), database="none")
    assert own(service) == own(whole)


def test_what_a_team_wrote_stays_where_it_is(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    models = service / "app" / "domains" / "orders" / "models.py"
    ours = '\n    @property\n    def is_paid(self) -> bool:\n        return self.status == "paid"\n'
    with models.open("a", encoding="utf-8") as file:
        file.write(ours)
    change(service, "--field", "paid_at:datetime?", "orders")
    text = models.read_text(encoding="utf-8")
    assert text.endswith(ours)
    assert "    paid_at: Mapped[dt.datetime | None] = mapped_column()\n" in text
    assert "import datetime as dt\n" in text


def test_lines_without_a_place_are_printed_and_nothing_is_written(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    models = service / "app" / "domains" / "orders" / "models.py"
    models.write_text('"""Written anew."""\n', encoding="utf-8")
    before = own(service)
    said = change(service, "--field", "paid_at:datetime?", "orders", status=1)
    assert (
        "domains.txt be `orders(customer:customers, status:new|paid, total:decimal, paid_at:datetime?)`"
        in said
    )
    assert "+    paid_at: Mapped[dt.datetime | None] = mapped_column()" in said
    # All of it, also where there would be a place.
    assert "+    paid_at=DateTime(optional=True)," in said
    assert "in app/domains/orders/models.py, lines around" in said
    assert "Nothing was written" in said
    assert own(service) == before


REFUSED = {
    "paid_at:datetime": "rows that are there have no value for it; write a ? after its type",
    "paid_at:datetme?": "did you mean datetime?",
    "version:int?": "the name 'version' is taken by every domain",
    "total:int?": "there is 'total:decimal'; all that it can get is more values",
    "status:new": "'new' is no type and no domain",
    "status:paid|new": "all that it can get is more values at its end",
    "dt:date?": "the name 'dt' is taken in app/domains/orders/models.py",
    "bool:bool?": "the name 'bool' is taken in",
    "a:int?, b:int?": "give one field at a time",
    "status:new|paid|lost?": "all that it can get is more values at its end",
    "": "say which field",
}


def test_a_field_that_cannot_come_later_is_refused_without_a_trace(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    before = own(service)
    for field, problem in REFUSED.items():
        assert problem in change(service, "--field", field, "orders", status=1)
    assert own(service) == before


@pytest.mark.parametrize(
    "pairs", ["pairs(a:customers, b:orders)", "pairs(a:customers, b:orders, c:int) unique"]
)
def test_what_no_two_rows_have_together_stays_so_when_a_field_comes(pairs: str, bake: Bake) -> None:
    service = bake(domains=f"{DOMAINS}, {pairs}")
    refused = change(service, "--field", "other:customers?", "pairs", status=1)
    assert "no two rows refer to the same, and this would be one more to compare" in refused
    change(service, "--field", "note:text?", "pairs")
    model = (service / "app" / "domains" / "pairs" / "models.py").read_text(encoding="utf-8")
    assert '"uq_pairs_together",\n            "a_id",\n            "b_id",\n            unique=True' in model
    migrate(service)
    passed, said = try_tests(service, "tests/domains/pairs")
    assert passed, said


def test_a_reference_that_closes_a_circle_is_not_generated(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    before = own(service)
    refused = change(service, "--field", "last_order:orders?", "customers", status=1)
    assert "orders refers to customers: each would need the other in its tests" in refused
    assert own(service) == before
    change(service, "--field", "parent:customers?", "customers")


def test_a_field_that_is_there_by_hand_is_not_written_again(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    model = service / "app" / "domains" / "orders" / "models.py"
    with model.open("a", encoding="utf-8") as file:
        file.write("    secret: Mapped[str] = mapped_column()\n")
    before = own(service)
    refused = change(service, "--field", "secret:text?", "orders", status=1)
    assert "it is in app/domains/orders/models.py by hand" in refused
    assert own(service) == before


def test_a_domain_that_is_there_by_hand_needs_another_name(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    (service / "app" / "domains" / "mines").mkdir()
    (service / "app" / "domains" / "mines" / "__init__.py").write_text('"""Mines."""\n', encoding="utf-8")
    assert "mines is there by hand; choose another name" in change(service, "mines(depth:int)", status=1)


FAILING = """
import sys
from pathlib import Path

write = Path.write_bytes


def fail_at_last(path, content):
    if path.name == "domains.txt":
        Path.write_bytes = write
        raise OSError("full")
    return write(path, content)


Path.write_bytes = fail_at_last
sys.path.insert(0, "scripts")
from scaffold.change import add_field

add_field(Path.cwd(), "orders", "note:text?")
"""


def test_a_field_that_fails_half_way_leaves_everything_as_it_was(bake: Bake) -> None:
    service = bake(domains=DOMAINS)
    before = own(service)
    with pytest.raises(AssertionError, match="full"):
        run(sys.executable, "-B", "-c", FAILING, cwd=service)
    assert own(service) == before
