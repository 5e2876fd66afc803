"""Scaffolding: a domain that the script generates is as if written by hand, and takes no name twice."""

import ast
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.exceptions import FailedHookException
from support.fixtures import Bake, Render
from support.hooks import FIELDS, NAMES, POST_GEN, REGISTRY, RENDER, WRITE
from support.lint import ruff_complains
from support.options import DEFAULTS, everything
from support.paths import RAW, SERVICE, files

TEMPLATE = {name: (RAW / name).read_text(encoding="utf-8") for name in WRITE.template_files(RAW)}
SHORT, LONG = "zs", "a" + "b" * 23 + "s"

# What people call their domains.
COMMON = """
    users, roles, permissions, groups, sessions, accounts, models, tasks, predictions, events, files,
    categories, addresses, statuses, companies, settings, logs, documents, types, objects, properties, tests,
    results, testimonials, metrics, docs, services, routers, schemas, databases, errors, names, values, rows,
    columns, pages, queries, simulations, workers, heads, versions, keys, ids, states, fields, datetimes,
    classes, requests, responses, person:people, datum:data, medium:media, news_item:news
"""


def make_domain(service: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """What `make domain name=...` runs."""
    command = [sys.executable, "-B", "scripts/domain.py", *names]
    return subprocess.run(command, cwd=service, capture_output=True, encoding="ascii", check=False)


def named(singular: str, plural: str) -> Any:
    """A domain of which only the name matters."""
    return FIELDS.Domain(plural, singular, plural, ())


# What a domain with every field refers to.
PARENT = {"parents": "parent"}


def with_every_field(singular: str, plural: str) -> Any:
    """So its modules import all that those of the template domain do."""
    fields = [*(f"a_{type_}:{type_}" for type_ in FIELDS.TYPES), "a_choice:a|b", "a_parent:parents"]
    [domain] = FIELDS.read_domains(f"{singular}:{plural}({', '.join(fields)}, other:parents) unique")
    return domain


def run_python(service: Path, *arguments: str) -> str:
    """What Python prints in the folder of a service."""
    command = [sys.executable, "-B", *arguments]
    env = {**os.environ, "OIDC_ISSUER": "https://login.example"}
    run = subprocess.run(command, cwd=service, env=env, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


# The template domain


def test_the_template_domain_is_spelled_in_four_ways_only() -> None:
    for name, source in TEMPLATE.items():
        spellings = {*re.findall("(?i)widgets?", f"{name} {source.replace('WidgetSort', 'Widget')}")}
        assert spellings <= {"widget", "widgets", "Widget", "Widgets"}, name


def test_the_template_domain_has_no_article_before_its_name() -> None:
    """A widget, but an invoice."""
    for name, source in TEMPLATE.items():
        assert re.findall(r"(?i)\ban? `?widget", source) == [], name


def test_every_path_of_the_template_domain_is_set_aside(template: Path) -> None:
    service = template / SERVICE
    paths = {path.relative_to(service) for path in service.rglob("*widget*")}
    paths = {path for path in paths if path.parts[0] not in ("overlays", "scripts")}
    assert {path.as_posix() for path in paths} == {*POST_GEN.TEMPLATE_DOMAIN}


def test_nothing_outside_the_template_domain_mentions_widgets(bake: Bake) -> None:
    for name, content in files(bake(domains="users")).items():
        if not name.startswith("scripts/"):
            assert b"widget" not in f"{name} ".encode() + content.lower(), name


# Domains of a new service


@pytest.mark.parametrize(
    "domains",
    [
        "none",
        "users",
        SHORT,
        LONG,
        "person:people",
        "parts(whole:parts?)",
        f"{SHORT}, {LONG}, person:people, order_lines",
    ],
)
def test_generated_domains_are_linted_and_formatted(domains: str, bake: Bake) -> None:
    assert ruff_complains(bake(domains=domains)) == ""


def test_a_domain_has_every_file_of_the_template_domain(bake: Bake) -> None:
    service = bake(domains="person:people, users")
    kept = files(service / WRITE.KEPT)
    assert {*kept} <= {name.as_posix() for name in TEMPLATE}
    for name, content in kept.items():
        for domain in FIELDS.read_domains("person:people, users"):
            generated = service / RENDER.rename(name, domain)
            expected = RENDER.render(unchained(content.decode("utf-8")), domain, {})
            assert unchained(generated.read_text(encoding="utf-8")) == expected


def unchained(text: str) -> str:
    """A migration as if it followed no other."""
    return re.sub("^down_revision = .*$", "down_revision = None", text, flags=re.MULTILINE)


def test_each_migration_follows_another_one_whatever_the_domains_are_called(bake: Bake) -> None:
    service = bake(domains="documents, versions, users")
    assert make_domain(service, "apples").returncode == 0
    paths = sorted((service / "migrations" / "versions").glob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    names = [name for text in texts for name in WRITE.REVISION.findall(text)]
    assert names == [f'"{path.stem}"' for path in paths]
    assert {f'"create_{name}"' for name in ("apples", "documents", "users", "versions")} < {*names}
    followed = [down for text in texts for _, down in WRITE.DOWN_REVISION.findall(text)]
    # One has no predecessor, one no successor, and every other name is in both.
    assert sorted([*names, "None"]) == sorted([*followed, '"create_apples"'])


def test_a_migration_follows_one_that_merges_two(tmp_path: Path) -> None:
    versions = tmp_path / WRITE.VERSIONS
    versions.mkdir(parents=True)
    downs = {"a": "None", "b": '"a"', "c": "'a'", "m": "('b', 'c')"}
    for name, down in downs.items():
        text = f'revision: str = "{name}"\ndown_revision: str | None = {down}\n'
        (versions / f"{name}.py").write_text(text, encoding="utf-8")
    assert WRITE.last_revision(tmp_path) == '"m"'


def test_a_service_without_domains_keeps_the_template_domain_for_later(bake: Bake) -> None:
    service = bake(domains="none")
    assert [path.name for path in (service / "app" / "domains").iterdir()] == ["__init__.py"]
    assert make_domain(service, "users").returncode == 0
    for folder in ("app", "tests", "scripts"):
        assert files(service / folder) == files(bake(domains="users") / folder)


def test_without_hooks_the_template_domain_is_a_domain(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {}, accept_hooks=False)
    for name in TEMPLATE:
        assert (service / name).is_file()
    assert "[gadgets, widgets]" in (service / REGISTRY.REGISTRY).read_text(encoding="utf-8")
    assert make_domain(service, "users").returncode == 0
    assert "[gadgets, users, widgets]" in (service / REGISTRY.REGISTRY).read_text(encoding="utf-8")
    assert (service / "app" / "domains" / "users").is_dir()


# Domains of a service that is in use


def test_a_domain_generated_later_is_the_one_of_a_new_service(bake: Bake) -> None:
    service = bake(domains="users")
    run = make_domain(service, "person:people, invoices,", "orders")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Wrote ")
    assert len(run.stdout.splitlines()) == 2
    assert unchained_files(service) == unchained_files(bake(domains="users, orders, person:people, invoices"))


def unchained_files(service: Path) -> dict[str, str]:
    return {name: unchained(content.decode("utf-8")) for name, content in files(service).items()}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("users(email)", "users is there with other fields; make field adds"),
        ("new invoices", "such as 'new_invoices'"),
        ("exceptions", "taken by Python"),
        ("sequences", "'sequences': the name 'Sequence' is taken in app/domains/sequences/service.py"),
        ("x:list", "the name 'list' is taken by the modules of every domain"),
        ("user:members", "'members': the name 'UserCreate' is taken in the OpenAPI document"),
        ("invoices,users(email)", "users is there with other fields"),
        ("none", "name the domain to generate"),
        ("", "name the domain to generate"),
    ],
)
def test_a_domain_that_cannot_be_generated_is_refused_without_a_trace(
    name: str, problem: str, bake: Bake
) -> None:
    service = bake(domains="users")
    before = files(service)
    run = make_domain(service, name)
    assert run.returncode == 1
    assert problem in run.stderr
    assert files(service) == before


def test_a_domain_that_fails_half_way_leaves_nothing(bake: Bake) -> None:
    service = bake(domains="users")
    (service / "tests" / "domains" / "invoices").write_text("in the way of a folder", encoding="utf-8")
    before, folders = files(service), sorted(service.rglob("*"))
    assert make_domain(service, "invoices").returncode != 0
    assert files(service) == before
    assert sorted(service.rglob("*")) == folders


@pytest.mark.parametrize(
    "change", [("[users]", "[users]  # comment"), ("= [users]", "= load()"), ("users\n", "users as u\n")]
)
def test_a_registry_that_cannot_be_kept_as_it_is_is_not_touched(change: tuple[str, str], bake: Bake) -> None:
    service = bake(domains="users")
    registry = service / REGISTRY.REGISTRY
    registry.write_text(registry.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    before = files(service)
    run = make_domain(service, "invoices")
    assert run.returncode == 1
    assert "app/domains/__init__.py: write its import and DOMAINS plainly" in run.stderr
    assert files(service) == before


def test_without_a_template_domain_no_domain_is_generated(bake: Bake) -> None:
    service = bake(domains="users")
    shutil.rmtree(service / WRITE.KEPT)
    run = make_domain(service, "invoices")
    assert run.returncode == 1
    assert "there is no template domain" in run.stderr


def test_a_team_may_change_the_shape_of_its_domains(bake: Bake) -> None:
    service = bake(domains="users")
    added = service / WRITE.KEPT / "app" / "domains" / "widgets" / "policy_for_widgets.py"
    (added.parent / ".DS_Store").write_bytes(b"\xff")
    added.write_text('"""Who may do what with a Widget \u2014 \uc8fc\ubb38."""\n', encoding="utf-8")
    assert make_domain(service, "order_lines").returncode == 0
    generated = service / "app" / "domains" / "order_lines" / "policy_for_order_lines.py"
    expected = '"""Who may do what with a OrderLine \u2014 \uc8fc\ubb38."""\n'
    assert generated.read_bytes().decode() == expected


def test_a_domain_is_generated_from_any_folder(bake: Bake, tmp_path: Path) -> None:
    service = bake(domains="users")
    script = str(service / "scripts" / "domain.py")
    subprocess.run([sys.executable, script, "invoices"], cwd=tmp_path, check=True)
    assert (service / "app" / "domains" / "invoices").is_dir()


def test_a_new_service_has_no_cache(bake: Bake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert [*bake(domains="users").rglob("__pycache__")] == []


# Names that are taken


@pytest.mark.parametrize(
    ("source", "name", "taken"),
    [
        ("from a import Request\nclass Widget: ...", "request:requests", "Request"),
        ("from a import b as Request\nclass Widget: ...", "request:requests", "Request"),
        ("import request.a\nfrom . import widget", "request:requests", "request"),
        ("def get_widget(): ...\nget_limit = 1", "limit:limits", "get_limit"),
        ("def f(widget, limit): ...", "limit:limits", "limit"),
        ("f = lambda widget: limit", "limit:limits", "limit"),
        ("class A:\n    widget: int\n    limit: int", "limit:limits", "limit"),
        ("class A:\n    widget: int\n    limits: int", "limit:limits", ""),
        ("from . import widgets\nx: list[int]", "x:list", "list"),
        ("from a import b\nclass Widget: ...\nx: b.Request", "request:requests", ""),
        ("widget = 1", "class:classes", "class"),
        ("class Widget: ...", "class:classes", ""),
        ("widget = 1  # a limit", "limit:limits", ""),
        ('"""A limit,\nor a "widget"."""\nwidget = "limit"', "limit:limits", ""),
        ('"limit"\nlimit = "widget"', "limit:limits", ""),
        ("no Python at all", "limit:limits", ""),
    ],
)
def test_a_name_that_means_two_things_in_one_module_is_found(source: str, name: str, taken: str) -> None:
    singular, plural = name.split(":")
    assert WRITE.repeated_name(source, named(singular, plural)) == taken


def test_what_a_team_wrote_by_hand_is_known_by_its_files(tmp_path: Path) -> None:
    for plural, base in (("boxes", "Entity"), ("crates", "OwnedEntity"), ("lids", "")):
        folder = tmp_path / "app" / "domains" / plural
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        if base:
            (folder / "models.py").write_text(f"class Model({base}): ...\n", encoding="utf-8")
    factory = tmp_path / "tests" / "domains" / "crates" / "factory.py"
    factory.parent.mkdir(parents=True)
    factory.write_text("def make_large_crate(client): ...\n", encoding="utf-8")
    assert WRITE.known_domains(tmp_path) == {"boxes": "box", "crates": "large_crate", "lids": "lid"}
    assert WRITE.shared_domains(tmp_path) == {"boxes", "lids"}


def test_a_domain_of_a_team_takes_no_operation_of_another_one(bake: Bake) -> None:
    service = bake(domains="orders")
    router = service / WRITE.KEPT / "app" / "domains" / "widgets" / "items_of_widgets.py"
    router.write_text('@router.get("")\ndef list_widget_items(): ...\n', encoding="utf-8")
    problem = "the name 'list_cart_items' is taken in the OpenAPI document; call it 'shop_"
    assert problem in make_domain(service, "cart_items, carts").stderr
    assert make_domain(service, "carts").returncode == 0
    assert f"'cart_items': {problem}cart_items'" in make_domain(service, "cart_items").stderr


def test_a_new_service_with_a_name_that_is_taken_is_refused_with_the_remedy(
    render: Render, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedHookException):
        render(tmp_path, {"domains": "sequences, users"})
    assert (
        "domains: 'sequences': the name 'Sequence' is taken in app/domains/sequences/service.py; call it "
        in (capfd.readouterr().err)
    )
    assert [*tmp_path.iterdir()] == []


def imported(sources: dict[Path, str]) -> Iterator[str]:
    """The names that these modules import."""
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source) if name.suffix == ".py" else ast.Module([], [])):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                yield from (alias.asname or alias.name for alias in node.names)


def module_names(source: str) -> int:
    """How many names a module binds."""
    bound: set[str] = set()
    for node in ast.parse(source).body:
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {alias.asname or alias.name for alias in names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                bound.add(name)
    return len(bound)


def test_no_accepted_domain_binds_a_name_twice(bake: Bake) -> None:
    """Tried with every name that the template domain imports, and counted in a way of its own."""
    service = bake(domains="none", **everything())
    words = {re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_") for name in imported(TEMPLATE)}
    pairs = [(word, f"{word}_s") for word in sorted(words) if re.fullmatch(NAMES.NAME, f"{word}_s")]
    domains = {pair: with_every_field(*pair) for pair in pairs}
    problems = " ".join(WRITE.collision_problems(service, [*domains.values()]))
    refused = [pair for pair in pairs if NAMES.name_problem(*pair) or f"domains: '{pair[1]}'" in problems]
    assert ("entity_repository", "entity_repository_s") in refused
    assert len(refused) < len(pairs)
    sources = [text for name, text in WRITE.read_template(service).items() if name.suffix == ".py"]
    plain = [RENDER.render(source, with_every_field("widget", "widgets"), PARENT) for source in sources]
    for pair in {*pairs} - {*refused}:
        made = [RENDER.render(source, domains[pair], PARENT) for source in sources]
        assert [*map(module_names, made)] == [*map(module_names, plain)], pair


# Common names


@pytest.fixture(scope="module", params=["everything", "default"])
def common(request: pytest.FixtureRequest, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with all of these domains, and with every part on."""
    answers = {"everything": everything(), "default": DEFAULTS | {"model_serving": "onnx"}}[request.param]
    return render(tmp_path_factory.mktemp("common"), {**answers, "domains": " ".join(COMMON.split())})


def test_domains_with_common_names_are_linted_and_formatted(common: Path) -> None:
    assert ruff_complains(common) == ""


def test_domains_with_common_names_are_served_and_the_document_names_each_thing_once(common: Path) -> None:
    code = "import json; from app.main import app; print(json.dumps(app.openapi()))"
    document = json.loads(run_python(common, "-c", code).splitlines()[-1])
    for domain in FIELDS.read_domains(COMMON):
        assert f"/v1/{domain.plural}" in document["paths"]
    operations = [
        each["operationId"] for path in document["paths"].values() for each in path.values() if "tags" in each
    ]
    assert len({*operations}) == len(operations) > 200
    # FastAPI tells schemas of the same name apart by the names of their modules.
    assert [name for name in document["components"]["schemas"] if "__" in name] == []
    modules = {path: path.read_text(encoding="utf-8") for path in (common / "app").rglob("*.py")}
    assert {*operations} - {"live", "ready"} <= WRITE.documented_names(modules)


def test_a_domain_may_be_called_tests(bake: Bake) -> None:
    """Pytest takes classes and functions with such names for tests."""
    service = bake(domains="tests, testimonials, test_results")
    arguments = ("-p", "no:cacheprovider", "--quiet", "--no-header", "-k", "created", "tests/domains")
    assert "3 passed" in run_python(service, "-m", "pytest", *arguments)


def test_tables_with_common_names_are_created(bake: Bake) -> None:
    service = bake(domains=" ".join(COMMON.split()))
    run_python(service, "-m", "alembic", "upgrade", "head")
    with closing(sqlite3.connect(service / "service.db")) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert {domain.plural for domain in FIELDS.read_domains(COMMON)} < tables
