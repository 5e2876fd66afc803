"""The list of domains in a service: written as ruff would, and changed without touching other lines."""

import random
import re

import pytest
from support.fixtures import Bake
from support.hooks import REGISTRY as SCRIPT
from support.lint import ruff_complains
from support.paths import RAW

# As the hook leaves it to the script.
RAW_REGISTRY = (RAW / SCRIPT.REGISTRY).read_text(encoding="utf-8")
REGISTRY = RAW_REGISTRY.replace("from . import gadgets, widgets\n\n", "").replace("[gadgets, widgets]", "[]")


def registered(names: set[str], text: str = REGISTRY) -> str:
    return SCRIPT.register(text, names)


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
def test_a_registry_that_grew_is_the_one_that_was_written_in_one_go(first: int, later: int) -> None:
    names, more = random_names(first, 1), random_names(later, 2)
    assert registered(more, registered(names)) == registered(names | more)


def test_the_lines_of_a_team_stay_in_the_registry() -> None:
    registry = registered({"orders"})
    team = registry.replace("\nDOMAINS", "\n# Ours.\nSPECIAL = 1\n\nDOMAINS") + "\nOTHER = [1]\n"
    expected = team.replace("import orders", "import orders, users").replace("[orders]", "[orders, users]")
    assert registered({"users"}, team) == expected


def test_the_order_of_a_team_stays_in_the_registry() -> None:
    """Routes are matched in this order."""
    team = registered({"orders", "users"}).replace("[orders, users]", "[users, orders]")
    assert "[users, orders, invoices]" in registered({"invoices"}, team)
    assert "import invoices, orders, users" in registered({"invoices"}, team)
