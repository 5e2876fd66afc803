"""The language of domains: what each form means, and what is written where one is wrong."""

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from support.answering import run_cookiecutter
from support.cruft import assert_is
from support.fixtures import Bake
from support.hooks import FIELDS, NAMES, RENDER, WRITE
from support.options import CHOICES
from support.paths import RAW, files
from support.programs import run

RELATED = "customers(email:text unique), orders(customer:customers, status:new|paid, note:longtext?)"


def field(text: str) -> Any:
    return FIELDS.read_field(text)


def problems(fields: str, others: str = "") -> str:
    """Those of a domain with these fields, next to other domains."""
    return "\n".join(FIELDS.domain_problems(f"orders({fields}){others}"))


# What each form means


@pytest.mark.parametrize(
    ("text", "name", "type_", "kind", "optional", "unique"),
    [
        ("note", "note", "text", "text", False, False),
        ("note:text", "note", "text", "text", False, False),
        ("note?", "note", "text", "text", True, False),
        ("note unique", "note", "text", "text", False, True),
        ("note:text? unique", "note", "text", "text", True, True),
        ("note:text?unique", "note", "text", "text", True, True),
        (" note : text ? Unique ", "note", "text", "text", True, True),
        ("note:longtext", "note", "longtext", "longtext", False, False),
        ("stock:int", "stock", "int", "int", False, False),
        ("Total:Decimal", "total", "decimal", "decimal", False, False),
        ("weight:float", "weight", "float", "float", False, False),
        ("done:bool", "done", "bool", "bool", False, False),
        ("day:date", "day", "date", "date", False, False),
        ("paidAt:DateTime?", "paid_at", "datetime", "datetime", True, False),
        ("token:uuid unique", "token", "uuid", "uuid", False, True),
        ("extra:json", "extra", "json", "json", False, False),
        ("unit-price:decimal", "unit_price", "decimal", "decimal", False, False),
        ("customer:customers", "customer", "customers", "reference", False, False),
        ("customer_id:customers", "customer", "customers", "reference", False, False),
        ("line:orderLines", "line", "order_lines", "reference", False, False),
        ("line:Order-Lines?", "line", "order_lines", "reference", True, False),
        ("status:new|paid", "status", "new|paid", "enum", False, False),
        ("status: New | inTransit | 2nd ?", "status", "New|inTransit|2nd", "enum", True, False),
    ],
)
def test_a_field_has_a_name_a_type_and_may_be_null_or_unique(
    text: str, name: str, type_: str, kind: str, optional: bool, unique: bool
) -> None:
    found = field(text)
    assert (found.name, found.type, found.kind) == (name, type_, kind)
    assert (found.optional, found.unique) == (optional, unique)
    assert found.column == (f"{name}_id" if kind == "reference" else name)


def test_the_values_of_an_enumeration_stay_as_they_are_written() -> None:
    assert field("status:New|in-transit|v1.0|B2B").values == ["New", "in-transit", "v1.0", "B2B"]


@pytest.mark.parametrize(
    ("text", "filtered", "sorted_", "indexed"),
    [
        ("x:text", False, False, False),
        ("x:text unique", True, True, False),
        ("x:text? unique", True, False, False),
        ("x:longtext", False, False, False),
        ("x:int", False, True, True),
        ("x:int?", False, False, False),
        ("x:decimal unique", True, True, False),
        ("x:float", False, True, True),
        ("x:bool", True, True, True),
        ("x:bool?", True, False, True),
        ("x:date", False, True, True),
        ("x:datetime", False, True, True),
        ("x:datetime?", False, False, False),
        ("x:uuid", False, False, False),
        ("x:uuid unique", True, True, False),
        ("x:json", False, False, False),
        ("x:a|b", True, True, True),
        ("x:a|b?", True, False, True),
        ("x:customers", True, True, True),
        ("x:customers?", True, False, True),
        ("x:customers unique", True, True, False),
    ],
)
def test_lists_are_filtered_and_sorted_by_what_an_index_helps(
    text: str, filtered: bool, sorted_: bool, indexed: bool
) -> None:
    found = field(text)
    assert (found.filtered, found.sorted, found.indexed) == (filtered, sorted_, indexed)


def test_how_a_field_is_written_makes_it_no_other_one() -> None:
    assert field("paid : bool ?") == field("paid:bool?")
    assert FIELDS.read_domains("orders( paid:bool )") == FIELDS.read_domains("orders(paid:bool)")


def test_a_field_knows_whether_it_refers_to_rows_of_everybody() -> None:
    parcels, shelves, _ = FIELDS.read_domains(
        "shelves(shop:shops), shops shared, parcels(city:cities)", {"cities"}
    )
    assert [each.fields[0].to_shared for each in (parcels, shelves)] == [True, True]
    [books] = FIELDS.read_domains("books(shelf:shelves)")
    assert not books.fields[0].to_shared


def shape(text: str) -> tuple[str, str, list[str], bool]:
    [domain] = FIELDS.read_domains(text)
    return domain.singular, domain.plural, [each.column for each in domain.fields], domain.together


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", ("order", "orders", ["name"], False)),
        ("orders()", ("order", "orders", [], False)),
        ("orders( )", ("order", "orders", [], False)),
        ("orders(total:decimal, note?)", ("order", "orders", ["total", "note"], False)),
        ("orders(total:decimal,\n  note?,)", ("order", "orders", ["total", "note"], False)),
        ("Person : People ( email )", ("person", "people", ["email"], False)),
        ("tags(a:tags?, b:tags?)", ("tag", "tags", ["a_id", "b_id"], True)),
        ("tags(a:tags?, b:tags?, c:int)", ("tag", "tags", ["a_id", "b_id", "c"], False)),
        ("tags(a:tags?, b:tags?, c:int) unique", ("tag", "tags", ["a_id", "b_id", "c"], True)),
        ("tags(a:tags?, b:tags?, c:tags?)", ("tag", "tags", ["a_id", "b_id", "c_id"], False)),
    ],
)
def test_a_domain_has_a_name_and_fields_and_may_be_unique_over_its_references(
    text: str, expected: tuple[str, str, list[str], bool]
) -> None:
    assert FIELDS.domain_problems(text) == []
    assert shape(text) == expected


def test_a_name_alone_is_a_domain_with_a_unique_name() -> None:
    [alone], [written] = FIELDS.read_domains("orders"), FIELDS.read_domains("orders(name:text unique)")
    assert alone.fields == written.fields


def test_domains_come_after_those_that_they_refer_to() -> None:
    text = "a1s(x:b1s, own:a1s?), b1s(x:c1s, y:c1s?), c1s, d1s(x:elsewheres)"
    ordered = [domain.plural for domain in FIELDS.in_order(FIELDS.read_domains(text))]
    assert ordered.index("c1s") < ordered.index("b1s") < ordered.index("a1s")
    assert sorted(ordered) == ["a1s", "b1s", "c1s", "d1s"]


# Mistakes


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("total:decimel", "'total:decimel': 'decimel' is no type and no domain; did you mean decimal?"),
        ("total:decimal!", "'decimal!' is no type and no domain; did you mean decimal?"),
        ("total:decimal:int", "'decimal:int' is no type and no domain; put a comma between fields"),
        ("total:text; note:int", "'text; note:int' is no type and no domain; put a comma between fields"),
        ("total:money", "'money' is no type and no domain; did you mean decimal?"),
        ("note:string", "'string' is no type and no domain; did you mean text?"),
        ("note:varchar", "did you mean text?"),
        ("at:timestamp?", "did you mean datetime?"),
        ("stock:integer", "did you mean int?"),
        ("note:", "'' is no type and no domain; list the domain, write values as 'new|paid', or use text"),
        ("note:?", "'' is no type and no domain"),
        ("status:new/paid", "'new/paid' is no type and no domain; list the domain, write values as"),
        ("customer:customer", "'customer' is no type and no domain; did you mean customers?"),
        ("customer:people", "'people' is no type and no domain; list the domain, write values as"),
        ("status:new", "'new' is no type and no domain"),
        ("total decimal", "'total decimal': a colon comes before the type; write 'total:decimal'"),
        ("total:int uniq", "'total:int uniq': after the type, write 'unique' or nothing, not 'uniq'"),
        ("total:int??", "after the type, write 'unique' or nothing, not '?'"),
        ("total?int", "'total?int': a colon comes before the type; write 'total:int'"),
        ("total:int; note", "after the type, write 'unique' or nothing, not 'note'"),
        ("total:float unique", "a field of the type float cannot be unique; leave the word out"),
        ("total:bool unique", "a field of the type bool cannot be unique; leave the word out"),
        ("note:longtext unique", "a field of the type longtext cannot be unique; leave the word out"),
        ("extra:json? unique", "a field of the type json cannot be unique; leave the word out"),
        ("status:a|b unique", "a field of the type enum cannot be unique; leave the word out"),
        ("status:new|new", "a value is there twice; write each once"),
        ("status:new|", "the value '' is none; use letters, digits, '_', '-' and '.', such as 'new|paid'"),
        ("status:|new", "the value '' is none"),
        ("status:a||b", "the value '' is none"),
        ("status:'a'|b", "the value \"'a'\" is none"),
        ("status:-a|b", "the value '-a' is none"),
        (f"status:a|{'b' * 51}", "is too long; use at most 50 characters"),
        (f"status:a|{'b' * 50}", ""),
        ("status:a|new one", "after the type, write 'unique' or nothing, not 'one'"),
        ("order:orders", "'order:orders': no row could be the first; write 'order:orders?'"),
        ("order:orders?", ""),
        ("note, note:int", "'note:int': another field has this name; name each once"),
        ("customer:customers, customer_id:int", "'customer_id:int': another field has this name"),
        ("", ""),
        (":text", "':text': use lower-case words joined by underscores, at most 25 characters, such as"),
        ("?", "'?': use lower-case words"),
        ("1st", "'1st': use lower-case words"),
        ("unit  price:int", "'unit  price:int': use lower-case words joined by underscores, at most 25"),
        (
            "_private",
            "'_private': use lower-case words joined by underscores, at most 25 characters, such as 'p",
        ),
        ("total=int", "'total=int': use lower-case words"),
        ("\uc8fc\ubb38", "'\uc8fc\ubb38': use lower-case words"),
        ("a\u202eb", r"'a\u202eb': use lower-case words"),
        ("register", "the name 'register' is taken by pydantic; call it 'own_register'"),
        ("mro", "the name 'mro' is taken by pydantic"),
        ("l:int", "the name 'l' is taken by the linter, which reads it as a digit; call it 'own_l'"),
        ("o:a|b", "the name 'o' is taken by the linter"),
        ("a" * 25, ""),
        ("a" * 26, "at most 25 characters"),
        (f"{'a' * 25}:customers", ""),
        (f"{'a' * 26}:customers", "at most 25 characters"),
        ("class", "'class': the name 'class' is taken by Python; call it 'own_class'"),
        ("True", ""),
        ("id:uuid", "the name 'id' is taken by every domain; call it 'own_id'"),
        ("createdAt:date", "the name 'created_at' is taken by every domain; call it 'own_created_at'"),
        ("updated_at:date", "the name 'updated_at' is taken by every domain"),
        ("version:int", "the name 'version' is taken by every domain"),
        ("metadata:json", "the name 'metadata' is taken by SQLAlchemy; call it 'own_metadata'"),
        ("registry", "the name 'registry' is taken by SQLAlchemy"),
        ("self", "the name 'self' is taken by SQLAlchemy"),
        ("model_dump_json", "the name 'model_dump_json' is taken by pydantic; call it 'own_model_dump_json'"),
        ("copy:int", "the name 'copy' is taken by pydantic"),
        ("limit:bool", "the name 'limit' is taken by the parameters of lists; call it 'own_limit'"),
        ("limit:int unique", "the name 'limit' is taken by the parameters of lists"),
        ("limit:int", ""),
        ("cursor:text", ""),
        ("sort:a|b", "the name 'sort' is taken by the parameters of lists"),
        ("note)(total", "'note)(total': use lower-case words"),
    ],
)
def test_a_mistake_in_a_field_is_told_with_its_place_and_the_remedy(fields: str, problem: str) -> None:
    said = problems(fields, ", customers")
    assert problem in said
    assert bool(said) == bool(problem)
    assert all(line.isprintable() for line in said.splitlines())
    assert "domains: 'orders': field " in said or not said


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "orders(total",
            "'orders(total': a parenthesis is not closed, or closed twice; write 'orders(total:",
        ),
        ("orders total)", "'orders total)': a parenthesis"),
        ("orders)(", "'orders)': a parenthesis"),
        ("users, orders((total))", "'users, orders((': a parenthesis"),
        (
            "orders(total) uniq",
            "after the parentheses, write 'unique', 'shared' or nothing, not 'uniq'",
        ),
        (
            "orders(total) customers",
            "write 'unique', 'shared' or nothing, not 'customers'",
        ),
        (
            "orders(total) a b",
            "after the parentheses, write 'unique', 'shared' or nothing, not 'a b'",
        ),
        (
            "orders(total) unique",
            "'unique' after the parentheses is for two references or more; put it after",
        ),
        ("orders(a:orders?) unique", "'unique' after the parentheses is for two references or more"),
        ("(total)", "'(total)': use lower-case words"),
        ("x:(total)", "'x:(total)': use lower-case words"),
        ("order(total)", "'order': this is no regular plural; write 'orders'"),
        (
            "a1s(x:b1s), b1s(x:a1s)",
            "each refers to the next, so none could be first; leave one out, and add it",
        ),
        ("a1s(x:b1s?), b1s(x:c1s), c1s(x:a1s)", "1s: each refers to the next"),
        ("orders[total]", "'orders[total]': use lower-case words"),
        ("orders{total:int}", "use lower-case words"),
    ],
)
def test_a_mistake_in_a_domain_is_told_with_its_place_and_the_remedy(text: str, problem: str) -> None:
    said = "\n".join(FIELDS.domain_problems(text))
    assert problem in said
    assert all(line.isprintable() for line in said.splitlines())


def test_a_class_of_values_has_a_name_that_fits_in_a_line() -> None:
    long = "a" * 24
    assert FIELDS.domain_problems(f"{long}s({'b' * 21}:x|y)") == []
    [said] = FIELDS.domain_problems(f"{long}s({'b' * 22}:x|y)")
    assert said.endswith(f"the name is too long for '{long}'; use one of 21 characters")


def test_all_mistakes_are_told_at_once() -> None:
    text = "orders(total:decimel, class, limit:bool, a:int, a:int), customer, users(x:y|y) uniq, exceptions"
    said = FIELDS.domain_problems(text)
    wanted = ("decimel", "'class'", "'limit'", "another field", "'customer'", "twice", "'uniq'", "Exception")
    assert [word for word in wanted if word not in "\n".join(said)] == []
    assert len(said) >= len(wanted)


def test_the_remedy_for_a_taken_name_is_accepted() -> None:
    for name in ("class", "id", "metadata", "self", "json", "limit"):
        remedy = problems(f"{name}:bool").rpartition("call it ")[2].strip("'")
        assert problems(f"{remedy}:bool") == "", name


def test_a_field_may_refer_to_a_domain_that_the_service_has() -> None:
    assert FIELDS.domain_problems("orders(customer:customers)", {"customers": "customer"}) == []
    assert FIELDS.domain_problems("orders(customer:customers)", {"users": "user"}) != []


LETTERS = "orders customers ( ) , : | ? unique text decimal new paid 1 _ - . ' \" \n { } [ ] ! name"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_written_is_read_or_refused_in_words(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        text = "".join(chance.choices([*LETTERS.split(" "), " "], k=chance.randint(1, 14)))
        for said in FIELDS.domain_problems(text):
            assert re.match(r"domains: .+", said)
            assert all(line.isprintable() for line in said.splitlines())


# Names of columns


def test_what_pydantic_has_is_refused_and_nothing_else_for_its_sake() -> None:
    taken = {name for name in dir(BaseModel) if not name.startswith("_")}
    refused = {name for name in taken if "taken by pydantic" in NAMES.column_problem(name, False)}
    assert refused == taken
    pydantic = [pattern for pattern, owner in NAMES.TAKEN_COLUMNS.items() if owner == "pydantic"]
    assert not any(re.fullmatch(pattern, name) for pattern in pydantic for name in ("model", "model_id"))


def test_what_lists_have_is_refused_where_they_are_filtered() -> None:
    """All that a model of a query has, as the service says it."""
    code = "from app.paging import PageQuery; print(*{*dir(PageQuery), *PageQuery.model_fields})"
    found = run(sys.executable, "-B", "-c", code, cwd=RAW).split()
    taken = {name for name in found if not name.startswith("_")} - {*dir(BaseModel)}
    assert {"limit", "cursor", "sort"} < taken
    assert [name for name in sorted(taken) if not NAMES.column_problem(name, True)] == []
    assert [name for name in sorted(taken) if NAMES.column_problem(name, False)] == []


@pytest.mark.parametrize("table", ["app.database.sql", "app.database.memory"])
def test_what_every_row_has_is_refused(table: str) -> None:
    code = f"from {table} import Entity; print(*dir(Entity), *Entity.__annotations__)"
    found = {name for name in run(sys.executable, "-B", "-c", code, cwd=RAW).split() if name[0] != "_"}
    assert "id" in found
    assert [name for name in sorted(found) if not NAMES.column_problem(name, False)] == []


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ("str:text, note:text", "str"),
        ("int:int", "int"),
        ("float:float", "float"),
        ("bool:bool", "bool"),
        ("mapped_column:bool", "mapped_column"),
        ("indexed:int", "indexed"),
        ("choice:a|b", "choice"),
        ("read:a|b", "OrderRead"),
        ("query:a|b", "OrderQuery"),
    ],
)
def test_a_field_that_would_take_the_name_of_what_its_module_uses_is_refused(
    fields: str, name: str, bake: Bake
) -> None:
    service = bake(domains="users")
    before = files(service)
    command = [sys.executable, "-B", "scripts/domain.py", f"orders({fields})"]
    said = subprocess.run(command, cwd=service, capture_output=True, encoding="ascii", check=False)
    assert said.returncode == 1
    assert f"'orders': the name '{name}' is taken in " in said.stderr
    assert files(service) == before
    [better] = re.findall("call the field 'own_(.+)'", said.stderr)
    domains = FIELDS.read_domains(f"orders({re.sub(rf'{better}(?=:)', f'own_{better}', fields)})")
    assert WRITE.collision_problems(service, domains) == []


# The template domains


def test_the_second_template_domain_is_what_the_script_makes() -> None:
    [domain] = FIELDS.read_domains("gadgets(name:text unique)")
    made = {path: unchained(text) for path, text in WRITE.files_of(RAW, domain, {}).items()}
    there = {path: unchained(path.read_text(encoding="utf-8")) for path in made if path.exists()}
    assert there == made
    paths = {path for path in RAW.rglob("*gadgets*/*.py") if "overlays" not in path.parts}
    assert paths <= {*made}


def test_the_second_template_domain_is_the_same_in_memory() -> None:
    overlay = RAW / "overlays" / "database-none" / "app" / "domains"
    template = (overlay / "widgets" / "models.py").read_text(encoding="utf-8")
    [domain] = FIELDS.read_domains("gadgets(name:text unique)")
    assert (overlay / "gadgets" / "models.py").read_text(encoding="utf-8") == RENDER.render(
        template, domain, {}
    )


def test_a_domain_with_all_fields_of_the_template_domain_has_its_lines() -> None:
    """So none is lost on the way, and none is changed but for the name."""
    kinds = [f"{kind}_field:{kind}{unique(kind)}" for kind in FIELDS.TYPES]
    text = f"things({', '.join(kinds)}, enum_field:one|two, gadget:gadgets unique) unique"
    [domain] = FIELDS.read_domains(text)
    for name, source in WRITE.read_template(RAW).items():
        made = RENDER.render(unchained(source), domain, {"gadgets": "gadget"})
        expected = lines(RENDER.rename(unchained(source), domain))
        assert lines(made) == expected, name


def unique(kind: str) -> str:
    return " unique" if FIELDS.TYPES[kind].unique else ""


def lines(text: str) -> list[str]:
    """Without what is put in order, and names in lists: not every field has an index of its own."""
    return [
        line for line in text.splitlines() if not re.match(r'from |import |# %|    \w+,$|\)$| +"\w+",$', line)
    ]


def unchained(text: str) -> str:
    return re.sub("^down_revision = .*$", "down_revision = None", text, flags=re.MULTILINE)


# Through cookiecutter


def made(service: Path) -> str:
    """What a service has of these domains."""
    models = service / "app" / "domains" / "orders" / "models.py"
    return models.read_text(encoding="utf-8")


def test_fields_can_be_given_on_the_command_line(template: Path, tmp_path: Path, bake: Bake) -> None:
    done = run_cookiecutter(template, tmp_path / "out", f"domains={RELATED}")
    assert done.returncode == 0, done.stderr
    assert_is(tmp_path / "out" / "my-service", bake(domains=RELATED))
    assert 'ForeignKey("customers.id", ondelete="RESTRICT")' in made(tmp_path / "out" / "my-service")


def test_fields_can_be_typed(template: Path, tmp_path: Path, bake: Bake) -> None:
    typed = ["", "", "", "", "", RELATED, *("1" for _ in CHOICES), ""]
    done = run_cookiecutter(template, tmp_path / "out", typed="\n".join(typed))
    assert done.returncode == 0, done.stderr
    assert_is(tmp_path / "out" / "my-service", bake(domains=RELATED))


def test_fields_can_be_in_a_configuration_file_and_are_replayed(
    template: Path, tmp_path: Path, bake: Bake
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"default_context": {"domains": RELATED}}), encoding="utf-8")
    home = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "cookiecutter", "--config-file", str(config)]
    run(*command, "--no-input", "-o", tmp_path / "out", str(template), cwd=tmp_path, env=home)
    assert_is(tmp_path / "out" / "my-service", bake(domains=RELATED))
    run(*command, "--replay", "-o", tmp_path / "again", str(template), cwd=tmp_path, env=home)
    assert_is(tmp_path / "again" / "my-service", tmp_path / "out" / "my-service")


def test_a_mistake_in_a_field_keeps_the_other_answers(template: Path, tmp_path: Path) -> None:
    words = ["domains=orders(total:decimel, class)", "database=postgresql", "author_name=O'Neil"]
    done = run_cookiecutter(template, tmp_path / "out", *words)
    assert done.returncode == 1
    assert "  - domains: 'orders': field 'total:decimel': 'decimel' is no type" in done.stderr
    assert "  - domains: 'orders': field 'class': the name 'class' is taken by Python" in done.stderr
    kept = done.stderr.splitlines()[-1].partition("in your command: ")[2]
    assert "database=postgresql" in kept
    assert "O'" in kept
    assert "domains=" not in kept
    assert not (tmp_path / "out").exists()


def test_the_verb_of_a_service_takes_the_same_text(bake: Bake) -> None:
    service = bake(domains="customers(email:text unique)")
    command = [sys.executable, "-B", "scripts/domain.py", RELATED.partition(", ")[2]]
    subprocess.run(command, cwd=service, check=True, capture_output=True)
    expected = bake(domains=RELATED)
    for folder in ("app", "tests"):
        assert files(service / folder) == files(expected / folder)
