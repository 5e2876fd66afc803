"""Domains: which names are good, and that a stamped one is as if written by hand."""

import ast
import keyword
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import DOMAIN, PRE_GEN, ROOT, SERVICE, Bake, Render, files, ruff_complains
from hypothesis import example, given
from hypothesis import strategies as st

RAW = ROOT / SERVICE
EXEMPLAR = {name: (RAW / name).read_text(encoding="utf-8") for name in DOMAIN.exemplar_files(RAW)}
REST = {
    path.relative_to(RAW): path.read_text(encoding="utf-8")
    for path in sorted((RAW / "app").rglob("*.py"))
    if path.relative_to(RAW) not in EXEMPLAR
}
REGISTRY = (RAW / DOMAIN.REGISTRY).read_text(encoding="utf-8")
SHORT, LONG = "zs", "a" + "b" * 28 + "s"


def make_domain(service: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """What `make domain name=...` runs."""
    command = [sys.executable, "scripts/domain.py", *names]
    return subprocess.run(command, cwd=service, capture_output=True, encoding="ascii", check=False)


# Names


PAIRS = """
    user:users order:orders invoice:invoices employee:employees price:prices size:sizes
    company:companies category:categories hero:heroes shoe:shoes
    address:addresses process:processes business:businesses
    box:boxes tax:taxes branch:branches batch:batches dish:dishes
    bus:buses campus:campuses bonus:bonuses virus:viruses house:houses warehouse:warehouses
    clause:clauses course:courses database:databases case:cases expense:expenses license:licenses
    alias:aliases analysis:analyses quiz:quizzes archive:archives order_line:order_lines
    movie:movies cookie:cookies cache:caches coach:coaches
"""


@pytest.mark.parametrize("pair", PAIRS.split())
def test_the_singular_is_found(pair: str) -> None:
    one, many = pair.split(":")
    assert DOMAIN.singular(many) == one


@pytest.mark.parametrize("text", ["person:people", " person : people ", "people:peoples,person:humans"])
def test_an_irregular_plural_is_given_with_its_singular(text: str) -> None:
    assert DOMAIN.domain_problems(text) == []
    assert ("person", "people") in DOMAIN.read_domains(text) or "humans" in text


def test_domains_are_sorted_and_none_is_no_domain() -> None:

    pairs = [("item", "items"), ("order", "orders"), ("user", "users")]
    assert DOMAIN.read_domains("users, orders,items") == pairs
    assert DOMAIN.read_domains(" none ") == DOMAIN.read_domains("none") == []
    assert DOMAIN.domain_problems("none") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "name at least one"),
        (" ", "name at least one"),
        ("users,", "'': use lower-case words"),
        (", users", "'': use lower-case words"),
        ("Users", "'Users': use lower-case words"),
        ("order-lines", "use lower-case words"),
        ("order lines", "use lower-case words"),
        ("order__lines", "use lower-case words"),
        ("_orders", "use lower-case words"),
        ("1sts", "use lower-case words"),
        ("../users", "use lower-case words"),
        ("users\n", ""),
        ("a\nusers", r"'a\nusers': use lower-case words"),
        ("\uc8fc\ubb38s", r"'\uc8fc\ubb38s': use lower-case words"),
        ("person:people:folk", "use lower-case words"),
        (":people", "use lower-case words"),
        ("person:", "use lower-case words"),
        ("b" * 30 + "s", "at most 30 characters"),
        ("user", "'user': this is no plural"),
        ("people", "no plural"),
        ("address", "no plural"),
        ("status", "no plural"),
        ("news", "no plural"),
        ("none, users", "'none': this is no plural"),
        ("fish:fish", "no plural"),
        ("classes", "'class' or 'classes' is taken"),
        ("ifs", "is taken"),
        ("trues", "is taken"),
        ("tasks", "is taken"),
        ("x:health", "is taken"),
        ("heads", "is taken"),
        ("x:head", "is taken"),
        ("user:base", "is taken"),
        ("task:things", "is taken"),
        ("widgets", "belongs to the exemplar"),
        ("my_widgets", "belongs to the exemplar"),
        ("users, orders, users", "'users': shares a name"),
        ("person:people, person:persons", "'persons': shares a name"),
        ("data_points, datapoints", "shares a name"),
    ],
)
def test_a_name_that_cannot_be_a_domain_is_refused_with_its_remedy(text: str, told: str) -> None:
    problems = DOMAIN.domain_problems(text)
    assert told in "\n".join(problems)
    assert bool(problems) == bool(told)
    assert "\n".join(problems).isascii()


PLAUSIBLE = "[a-z]{1,4}(_[a-z0-9]{1,3})?s(:[a-z]+)?"
NAMES = st.text("asxy_1:, S\n", max_size=12) | st.from_regex(PLAUSIBLE, fullmatch=True)


@given(st.lists(NAMES, max_size=4).map(",".join))
@example("classes, glass:glasses")
def test_an_accepted_name_has_four_spellings_that_python_takes(text: str) -> None:
    if DOMAIN.domain_problems(text):
        return
    for one, many in DOMAIN.read_domains(text):
        words = DOMAIN.respell("widget widgets Widget Widgets", one, many).split()
        assert len({*words}) == 4
        for word in words:
            assert word.isidentifier()
            assert not keyword.iskeyword(word)


def test_the_hook_and_the_script_have_the_same_rules() -> None:
    """The hook runs before there is a file of the service, so it has a copy: the same text, to the letter."""

    hook = definitions(ROOT / "hooks" / "pre_gen_project.py")
    script = definitions(RAW / "scripts" / "domain.py")
    shared = hook.keys() & script.keys() - {"main"}
    constants = {"ENDINGS", "SINGULARS", "PLURALS"}
    assert shared == constants | {"singular", "read_domains", "name_problem", "domain_problems"}
    assert [hook[name] for name in shared] == [script[name] for name in shared]
    assert PRE_GEN.domain_problems("tasks") == DOMAIN.domain_problems("tasks")


def definitions(path: Path) -> dict[str, str | None]:
    """The constants and functions of a module, by name, as they are written."""
    source = path.read_text(encoding="utf-8")
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = ast.get_source_segment(source, node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.get_source_segment(source, node)
    return found


# Reserved names


def identifiers(source: str) -> tuple[set[str], set[str]]:
    """The names that a module uses, and those that it uses only behind a dot or as a keyword or a field."""
    names, members = set[str](), set[str]()
    tree = ast.parse(source)
    bodies = [id(child) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for child in node.body]
    fields = [id(n.target) for n in ast.walk(tree) if isinstance(n, ast.AnnAssign) and id(n) in bodies]
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                (members if id(node) in fields else names).add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                (members if id(node) in bodies else names).add(name)
            case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.alias(name=name):
                names.add(name.partition(".")[0])
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                members.add(name)
    return names, members


def collisions(own: set[str], others: set[str]) -> Iterator[str]:
    """The names of domains for which an identifier of the exemplar becomes one that is there already."""
    for name in own:
        form = "many" if re.search("(?i)widgets", name) else "one"
        pattern = re.sub("widgets?", "([a-z][a-z0-9_]*)", name)
        pattern = re.sub("Widgets?", "([A-Z][A-Za-z0-9]*)", pattern)
        for match in filter(None, (re.fullmatch(pattern, other) for other in others)):
            yield f"{form}: {match[1].replace('_', '').lower()}"


def reserved() -> set[str]:
    ones = {f"one: {word}" for word in [*DOMAIN.SINGULARS.split(), *keyword.kwlist]}
    return ones | {f"many: {word}" for word in [*DOMAIN.PLURALS.split(), *keyword.kwlist]}


def split(names: set[str]) -> tuple[set[str], set[str]]:
    """The exemplar's own names, and the others."""
    own = {name for name in names if "widget" in name.lower()}
    return own, names - own


def test_no_domain_hides_a_name_that_the_exemplar_uses() -> None:
    found = {
        word
        for name, source in [*EXEMPLAR.items(), (DOMAIN.REGISTRY, REGISTRY)]
        if name.suffix == ".py"
        for names in identifiers(source)
        for word in collisions(*split(names))
    }
    assert {"one: repository", "many: list"} <= found
    assert found - reserved() == set()


def test_no_domain_repeats_an_operation_or_a_schema_of_the_service() -> None:
    """Their names must differ in the OpenAPI document, whatever module they are from."""
    documented = {name: source for name, source in EXEMPLAR.items() if name.stem in ("router", "schemas")}
    own, _ = split(defined(documented))
    assert {"create_widget", "WidgetRead"} <= own
    dependencies = re.findall(r"Depends\((\w+)", " ".join(REST.values()))
    assert {*collisions(own, defined(REST) - {*dependencies})} - reserved() == set()


def defined(sources: dict[Path, str]) -> set[str]:
    """The functions and classes of these modules."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    bodies = [ast.parse(source).body for name, source in sources.items() if name.suffix == ".py"]
    return {node.name for body in bodies for node in body if isinstance(node, kinds)}


def test_no_domain_takes_the_name_of_a_part_or_of_a_route() -> None:
    parts = {path.stem for path in (RAW / "app").iterdir()} - {"__init__", "__pycache__"}
    routes = {route for source in REST.values() for route in re.findall(r"""["']/([a-z_]+)""", source)}
    assert {"errors", "tasks"} <= parts
    assert "health" in routes
    assert {name.replace("_", "") for name in parts | routes} - {*DOMAIN.PLURALS.split()} == set()


@pytest.mark.parametrize(
    "name", ["users", "orders", "items", "products", "invoices", "heroes", "changes", "datum:data"]
)
def test_a_common_name_is_free(name: str) -> None:
    assert DOMAIN.domain_problems(name) == []


# The registry


def registered(names: set[str], text: str = REGISTRY) -> str:
    text = DOMAIN.register(text, names, {"widgets"})
    return text


def random_names(count: int, seed: int) -> set[str]:
    """Names that are hard to sort: with underscores, with numbers, of 2 to 30 characters."""
    chance, names = random.Random(seed), set[str]()
    while len(names) < count:
        name = "".join(chance.choices("abz019_", k=chance.choice((2, 3, 4, 5, 8, 30))))
        if re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
            names.add(name)
    return names


def test_the_registry_is_written_as_ruff_would_whatever_it_lists(bake: Bake) -> None:
    folder = bake(domains="none") / "registries"
    folder.mkdir()
    listed = [random_names(count, seed) for count in (0, 1, 2, 3, 5, 8, 10, 40) for seed in range(10)]
    listed += [{"b" * 30, "c" * 20, "a" * length} for length in range(10, 50)]  # one letter more: too long
    for number, names in enumerate(listed):
        (folder / f"registry_{number}.py").write_text(registered(names), encoding="utf-8")
    assert ruff_complains(folder) == ""


@pytest.mark.parametrize("first", [0, 1, 40])
@pytest.mark.parametrize("later", [0, 1, 2, 40])
def test_a_registry_that_grew_is_the_one_that_was_written_at_once(first: int, later: int) -> None:
    names, more = random_names(first, 1), random_names(later, 2)
    assert registered(more, registered(names)) == registered(names | more)


def test_the_lines_of_a_team_stay_in_the_registry() -> None:
    team = REGISTRY.replace("\nDOMAINS", "\n# Ours.\nSPECIAL = 1\n\nDOMAINS") + "\nOTHER = [1]\n"
    expected = team.replace("import widgets", "import orders, users").replace("[widgets]", "[orders, users]")
    assert registered({"users", "orders"}, team) == expected


def test_the_order_of_a_team_stays_in_the_registry() -> None:
    """Routes are matched in this order."""
    team = registered({"orders", "users"}).replace("[orders, users]", "[users, orders]")
    assert "[users, orders, invoices]" in registered({"invoices"}, team)
    assert "import invoices, orders, users" in registered({"invoices"}, team)


@pytest.mark.parametrize(
    "change", [("[users]", "[users]  # comment"), ("= [users]", "= load()"), ("users\n", "users as u\n")]
)
def test_a_registry_that_cannot_be_kept_as_it_is_is_not_touched(change: tuple[str, str], bake: Bake) -> None:
    service = bake(domains="users")
    registry = service / DOMAIN.REGISTRY
    registry.write_text(registry.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    before = files(service)
    run = make_domain(service, "invoices")
    assert run.returncode == 1
    assert "app/domains/__init__.py: write its import and DOMAINS plainly" in run.stderr
    assert files(service) == before


# The exemplar


def test_the_exemplar_is_spelled_in_four_ways_only() -> None:
    for name, source in EXEMPLAR.items():
        spellings = {*re.findall("(?i)widgets?", f"{name} {source}")}
        assert spellings <= {"widget", "widgets", "Widget", "Widgets"}, name


def test_the_exemplar_has_no_article_before_its_name() -> None:
    """A widget, but an invoice."""
    for name, source in EXEMPLAR.items():
        assert re.findall(r"(?i)\ban? `?widget", source) == [], name


def test_every_path_of_the_exemplar_is_in_a_folder_that_is_searched(template: Path) -> None:
    service = template / SERVICE
    paths = {path.relative_to(service) for path in service.rglob("*widget*")}
    paths = {path for path in paths if path.parts[0] != "variants"}  # they take their place before
    assert paths
    assert {path.parts[0] for path in paths} <= {*DOMAIN.FOLDERS}


def test_only_the_exemplar_and_the_registry_speak_of_widgets(bake: Bake) -> None:
    """Nothing else may: after birth there are none."""
    for name, content in files(bake(domains="users")).items():
        if not name.startswith("scripts/"):
            assert b"widget" not in f"{name} ".encode() + content.lower(), name


# Birth


@pytest.mark.parametrize(
    "domains",
    ["none", "users", SHORT, LONG, "person:people", f"{SHORT}, {LONG}, person:people, order_lines"],
)
def test_stamped_domains_are_linted_and_formatted(domains: str, bake: Bake) -> None:
    assert ruff_complains(bake(domains=domains)) == ""


def test_a_domain_has_every_file_of_the_exemplar(bake: Bake) -> None:
    service = bake(domains="person:people, users")
    for name in EXEMPLAR:
        kept = (service / DOMAIN.KEPT / name).read_text(encoding="utf-8")
        for one, many in (("person", "people"), ("user", "users")):
            made = service / name.as_posix().replace("widgets", many)
            assert unchained(made.read_text(encoding="utf-8")) == DOMAIN.respell(unchained(kept), one, many)


def unchained(text: str) -> str:
    """A migration as if it followed no other."""
    return re.sub("^down_revision = .*$", "down_revision = None", text, flags=re.MULTILINE)


def test_each_migration_follows_another_one_whatever_the_domains_are_called(bake: Bake) -> None:
    service = bake(domains="documents, versions, users")
    assert make_domain(service, "apples").returncode == 0
    texts = [path.read_text(encoding="utf-8") for path in (service / "migrations" / "versions").glob("*.py")]
    lines = [line for text in texts for line in DOMAIN.REVISION.findall(text)]
    names, followed = ({name for down, name in lines if bool(down) is kind} for kind in (False, True))
    assert len(names) == len(followed) == len(texts) == 5
    # One has no predecessor, one no successor, and every other name is in both.
    assert followed - names == {"None"}
    assert len(names - followed) == 1


def test_a_service_without_domains_keeps_the_exemplar_for_later(bake: Bake) -> None:
    service = bake(domains="none")
    assert [path.name for path in (service / "app" / "domains").iterdir()] == ["__init__.py"]
    assert make_domain(service, "users").returncode == 0
    for folder in ("app", "tests", "scripts"):
        assert files(service / folder) == files(bake(domains="users") / folder)


def test_without_hooks_the_exemplar_is_the_domain(render: Render, tmp_path: Path) -> None:
    service = render(tmp_path, {}, accept_hooks=False)
    for name in EXEMPLAR:
        assert (service / name).is_file()
    assert "[widgets]" in (service / DOMAIN.REGISTRY).read_text(encoding="utf-8")
    assert make_domain(service, "users").returncode == 0
    assert "[users, widgets]" in (service / DOMAIN.REGISTRY).read_text(encoding="utf-8")
    assert (service / "app" / "domains" / "users").is_dir()


# Day two


def test_a_domain_made_later_is_the_one_made_at_birth(bake: Bake) -> None:
    service = bake(domains="users")
    run = make_domain(service, "person:people, invoices,", "orders")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Wrote ")
    assert len(run.stdout.splitlines()) == 2
    assert names_and_texts(service) == names_and_texts(bake(domains="users, orders, person:people, invoices"))


def names_and_texts(service: Path) -> dict[str, str]:
    return {name: unchained(content.decode("utf-8")) for name, content in files(service).items()}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("users", "app/domains/users/__init__.py exists already"),
        ("Invoices", "use lower-case words"),
        ("tasks", "is taken"),
        ("invoices,users", "exists already"),
        ("none", "name the domain to make"),
        ("", "name the domain to make"),
    ],
)
def test_a_domain_that_cannot_be_made_is_refused_without_a_trace(name: str, told: str, bake: Bake) -> None:

    service = bake(domains="users")
    before = files(service)
    run = make_domain(service, name)
    assert run.returncode == 1
    assert told in run.stderr
    assert files(service) == before


def test_a_domain_that_fails_half_way_leaves_nothing(bake: Bake) -> None:
    service = bake(domains="users")
    (service / "tests" / "domains" / "invoices").write_text("in the way of a folder", encoding="utf-8")
    before, folders = files(service), sorted(service.rglob("*"))
    assert make_domain(service, "invoices").returncode != 0
    assert files(service) == before
    assert sorted(service.rglob("*")) == folders


def test_without_an_exemplar_no_domain_is_made(bake: Bake) -> None:
    service = bake(domains="users")
    shutil.rmtree(service / DOMAIN.KEPT)
    run = make_domain(service, "invoices")
    assert run.returncode == 1
    assert "there is no exemplar" in run.stderr


def test_a_team_may_change_the_shape_of_its_domains(bake: Bake) -> None:
    service = bake(domains="users")
    added = service / DOMAIN.KEPT / "app" / "domains" / "widgets" / "policy_for_widgets.py"
    (added.parent / ".DS_Store").write_bytes(b"\xff")
    added.write_text('"""Who may do what with a Widget \u2014 \uc8fc\ubb38."""\n', encoding="utf-8")
    assert make_domain(service, "order_lines").returncode == 0
    made = service / "app" / "domains" / "order_lines" / "policy_for_order_lines.py"
    assert made.read_bytes().decode() == '"""Who may do what with a OrderLine \u2014 \uc8fc\ubb38."""\n'


def test_a_domain_is_made_from_any_folder_and_leaves_no_cache(bake: Bake, tmp_path: Path) -> None:
    service = bake(domains="users")
    script = str(service / "scripts" / "domain.py")
    subprocess.run([sys.executable, script, "invoices"], cwd=tmp_path, check=True)
    assert (service / "app" / "domains" / "invoices").is_dir()
    assert [*service.rglob("__pycache__")] == []
