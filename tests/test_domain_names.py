"""Names of domains: which are accepted, and what is written where one is refused."""

import keyword
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fixtures import Bake
from support.hooks import FIELDS, NAMES, RENDER
from support.suites import run_pytest


def pairs(text: str) -> list[tuple[str, str]]:
    """The names of the domains of a text."""
    return [(domain.singular, domain.plural) for domain in FIELDS.read_domains(text)]


PAIRS = """
    user:users order:orders invoice:invoices employee:employees price:prices size:sizes
    company:companies category:categories hero:heroes shoe:shoes
    address:addresses status:statuses process:processes business:businesses
    box:boxes tax:taxes branch:branches batch:batches dish:dishes
    bus:buses campus:campuses bonus:bonuses virus:viruses house:houses warehouse:warehouses
    clause:clauses course:courses database:databases case:cases expense:expenses license:licenses
    alias:aliases analysis:analyses quiz:quizzes archive:archives order_line:order_lines
    movie:movies cookie:cookies cache:caches coach:coaches
"""


@pytest.mark.parametrize("pair", PAIRS.split())
def test_the_singular_is_found(pair: str) -> None:
    singular, plural = pair.split(":")
    assert NAMES.singular_of(plural) == singular


@pytest.mark.parametrize("text", ["person:people", " person : people ", "people:peoples,person:humans"])
def test_an_irregular_plural_is_given_with_its_singular(text: str) -> None:
    assert FIELDS.domain_problems(text) == []
    assert ("person", "people") in pairs(text) or "humans" in text


def test_domains_are_sorted_and_none_is_no_domain() -> None:
    assert pairs("users, orders,items") == [("item", "items"), ("order", "orders"), ("user", "users")]
    assert pairs(" none ") == pairs("none") == []
    assert FIELDS.domain_problems("none") == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "name at least one"),
        (" ", "name at least one"),
        ("users,", ""),
        (", users", ""),
        (" , ", "name at least one"),
        ("tax rates", "at most 25 characters, such as 'tax_rates', or put commas between them"),
        ("Users Orders", "such as 'users_orders', or put commas"),
        ("tax__rates", "such as 'tax_rates'"),
        ("_taxes", "such as 'taxes'"),
        ("1sts", "such as 'order_lines'"),
        ("../users", "such as 'order_lines'"),
        ("users\n", ""),
        ("a\nusers", r"'a\nusers': use lower-case words"),
        ("\uc8fc\ubb38s", "'\uc8fc\ubb38s': use lower-case words"),
        ("person:people:folk", "use lower-case words"),
        (":people", "use lower-case words"),
        ("person:", "use lower-case words"),
        ("b" * 24 + "s", ""),
        ("b" * 25 + "s", "at most 25 characters"),
        ("b" * 26 + ":bs", "at most 25 characters"),
        ("user", "'user': this is no regular plural; write 'orders' or 'person:people'"),
        ("address", "no regular plural"),
        ("status", "no regular plural"),
        ("none, users", "'none': it means no domain at all; leave it out, or the others"),
        ("fish:fish", "no regular plural"),
        ("people", "write 'person:people'"),
        ("data", "write 'datum:data'"),
        ("media", "write 'medium:media'"),
        ("news", "write 'news_item:news'"),
        ("metadata", "write 'metadata_item:metadata'"),
        ("exceptions", "the name 'Exception' is taken by Python; call it 'shop_exceptions'"),
        ("warnings", "the name 'Warning' is taken by Python; call it 'shop_warnings'"),
        ("runtime_errors", "the name 'RuntimeError' is taken by Python; call it 'shop_runtime_errors'"),
        ("trues", "the name 'True' is taken by Python"),
        ("x:import", "the name 'import' is taken by Python"),
        ("sqlite_things", "the name 'sqlite_things' is taken by tables of other parts"),
        ("pg_roles", "taken by tables of other parts"),
        ("alembic_versions", "taken by tables of other parts"),
        ("background_tasks", "taken by tables of other parts; call it 'shop_background_tasks'"),
        ("x:build", "the name 'build' is taken by test runners and linters"),
        ("x:con", "the name 'con' is taken by Windows"),
        ("widgets", "the name 'widgets' is taken by the template domain; call it 'shop_items'"),
        ("my_widgets", "call it 'shop_my_items'"),
        ("widget:things", "the name 'Widget' is taken by the template domain"),
        ("users, orders, users", "'users': shares a name"),
        ("person:people, person:persons", "'persons': shares a name"),
        ("data_points, datapoints", "shares a name"),
    ],
)
def test_a_name_that_cannot_be_a_domain_is_refused_with_the_remedy(text: str, problem: str) -> None:
    problems = FIELDS.domain_problems(text)
    assert problem in "\n".join(problems)
    assert bool(problems) == bool(problem)
    assert all(problem.isprintable() for problem in problems)


@pytest.mark.parametrize("pair", NAMES.IRREGULAR.split())
def test_the_remedy_for_a_word_without_a_regular_plural_is_accepted(pair: str) -> None:
    plural = pair.partition(":")[2]
    assert f"write '{pair}'" in FIELDS.domain_problems(plural)[0]
    assert FIELDS.domain_problems(pair) == []


@pytest.mark.parametrize("name", ["exceptions", "warnings", "sqlite_things", "widgets"])
def test_the_remedy_for_a_taken_name_is_accepted(name: str) -> None:
    remedy = FIELDS.domain_problems(name)[0].rpartition("call it ")[2].strip("'")
    assert FIELDS.domain_problems(remedy) == []


@pytest.mark.parametrize("name", ["classes", "credits", "licenses", "types", "objects", "lists", "matches"])
def test_a_plural_is_free_though_its_singular_means_something_to_python(name: str) -> None:
    assert FIELDS.domain_problems(name) == []


def test_a_revision_fits_in_the_column_that_alembic_has_for_it() -> None:
    assert FIELDS.domain_problems("b" * 24 + "s") == []
    assert len("create_" + "b" * 24 + "s") == 32


PLAUSIBLE = "[a-z]{1,4}(_[a-z0-9]{1,3})?s(:[a-z]+)?"
TEXTS = st.text("asxy_1:, S\n", max_size=12) | st.from_regex(PLAUSIBLE, fullmatch=True)


@given(st.lists(TEXTS, max_size=4).map(",".join))
@example("classes, glass:glasses")
def test_an_accepted_name_has_four_spellings_that_are_identifiers(text: str) -> None:
    if FIELDS.domain_problems(text):
        return
    for domain in FIELDS.read_domains(text):
        words = RENDER.rename("widget widgets Widget Widgets", domain).split()
        assert len({*words}) == 4
        assert all(word.isidentifier() for word in words)
        assert not any(keyword.iskeyword(word) for word in words[1:])


SPELT = "Books, order-lines, TaxRates, Person : People, testimonials, indexes, sqlites"


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Books", ("book", "books")),
        ("  BOOKS ", ("book", "books")),
        ("Order_Items", ("order_item", "order_items")),
        ("OrderItems", ("order_item", "order_items")),
        ("order-items", ("order_item", "order_items")),
        ("Person:People", ("person", "people")),
    ],
)
def test_a_name_in_another_spelling_is_written_as_python_writes_it(text: str, pair: tuple[str, str]) -> None:
    assert FIELDS.domain_problems(text) == []
    assert pairs(text) == [pair]
    assert pairs("None") == []


def test_domains_of_every_accepted_spelling_pass_their_tests(bake: Bake) -> None:
    service = bake(domains=SPELT, tasks="none")
    expected = {"books", "order_lines", "tax_rates", "people", "testimonials", "indexes", "sqlites"}
    assert {path.name for path in (service / "tests" / "domains").iterdir() if path.is_dir()} == expected
    run_pytest(service, Path(sys.executable), "tests/domains")
