"""Random texts of domains: each is refused with a remedy, or makes a tidy service that runs and migrates."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fixtures import Record, Render
from support.hooks import FIELDS, POST_GEN
from support.lint import ruff_complains
from support.options import minimal
from support.programs import run
from support.rendering import hurry
from support.suites import check_types, run_pytest
from support.texts import MISTAKES, NAMES, Text, draw

pytestmark = pytest.mark.timeout(2400)
TEXTS = [draw(number) for number in range(200)]
GOOD = [text for text in TEXTS if not text.wrong]
REMEDY = r"\b(write|use|call it|did you mean|list the|leave|name|put) "
TRIALS = Path(__file__).parent.parent / "support" / "trials.py"
Grow = Callable[[str, Text, Path], str]


@pytest.fixture(scope="module")
def grow(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Grow:
    """Generate domains into a copy of a service with this database; what is said when they are refused."""
    bases: dict[str, Path] = {}

    def grow(database: str, text: Text, folder: Path) -> str:
        if database not in bases:
            # One with tasks, and one without.
            answers = minimal() | {"tasks": "none" if database == "none" else "in-process"}
            with hurry():
                parent = tmp_path_factory.mktemp(database)
                bases[database] = render(parent, answers | {"domains": "none", "database": database})
        if found := FIELDS.domain_problems(text.text):
            return "\n".join(found)
        shutil.copytree(bases[database], folder)
        try:
            POST_GEN.scaffold(folder).generate(folder, text.text)
        except SystemExit as error:
            shutil.rmtree(folder)
            return str(error.code).partition("\n  - ")[2]
        return ""

    return grow


def try_all(services: list[Path], results: Path) -> list[dict[str, list[str]]]:
    """What each serves, or what went wrong, in one process for all."""
    run(sys.executable, "-B", "-W", "error", TRIALS, results, *services, cwd=results.parent, timeout=1800)
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def domains_in(paths: list[str]) -> set[str]:
    return {path.split("/")[2] for path in paths if path.startswith("/v1/")}


def check(database: str, texts: list[Text], grow: Grow, folder: Path, record: Record) -> None:
    services: dict[Path, Text] = {}
    for number, text in enumerate(texts):
        service = folder / database / str(number)
        said = grow(database, text, service)
        assert bool(said) == text.wrong, f"{text.text}\n{said}"
        assert all(re.search(REMEDY, line) for line in said.splitlines()), said
        if not said:
            services[service] = text
    outcomes = try_all([*services], folder / f"{database}.results")
    for text, outcome in zip(services.values(), outcomes, strict=True):
        assert "error" not in outcome, f"{text.text}\n{outcome['error']}"
        assert domains_in(outcome["paths"]) == {*text.plurals}, text.text
    assert ruff_complains(folder / database) == ""
    record("random texts of domains refused with a remedy", len(texts) - len(services))
    record("random texts of domains made into services that run and migrate", len(services))


@pytest.mark.parametrize(("database", "first"), [("sqlite", 0), ("none", 1)])
def test_some_random_domains_are_refused_or_run(
    database: str, first: int, grow: Grow, tmp_path: Path, record_property: Record
) -> None:
    check(database, TEXTS[first:20:2], grow, tmp_path, record_property)


@pytest.mark.parametrize("database", ["sqlite", "none"])
def test_every_common_name_can_be_that_of_a_field(
    database: str, grow: Grow, tmp_path: Path, record_property: Record
) -> None:
    names, types = NAMES.split(), ("longtext", "int", "date?", "json")
    domains = [
        f"set_{type_.strip('?')}s({', '.join(f'{name}:{type_}' for name in names[place::4])})"
        for place, type_ in enumerate(types)
    ]
    plurals = tuple(f"set_{type_.strip('?')}s" for type_ in types)
    check(database, [Text(", ".join(domains), plurals, False)], grow, tmp_path, record_property)


@pytest.mark.parametrize("database", ["sqlite", "none"])
@pytest.mark.parametrize(
    ("first", "end"),
    [
        pytest.param(0, 60, marks=pytest.mark.long),
        pytest.param(60, len(TEXTS), marks=pytest.mark.weekly),
    ],
)
def test_more_random_domains_are_refused_or_run(
    first: int, end: int, database: str, grow: Grow, tmp_path: Path, record_property: Record
) -> None:
    check(database, TEXTS[first:end], grow, tmp_path, record_property)


SUITES = [
    *(("sqlite", text) for text in GOOD[:7]),
    *(("postgresql", text) for text in GOOD[7:10]),
    *(("sqlite", text) for text in GOOD[7:]),
]


# One on each database in CI, all weekly.
IN_CI = (0, 7)
ROWS = [
    pytest.param(
        *row, id=f"{row[0]}-{number}", marks=pytest.mark.long if number in IN_CI else pytest.mark.weekly
    )
    for number, row in enumerate(SUITES)
]


@pytest.mark.parametrize(("database", "text"), ROWS)
def test_random_domains_pass_their_own_tests(
    database: str, text: Text, grow: Grow, tmp_path: Path, record_property: Record
) -> None:
    assert grow(database, text, tmp_path / "service") == "", text.text
    check_types(tmp_path / "service", Path(sys.executable).parent, tmp_path)
    run_pytest(tmp_path / "service", Path(sys.executable), "tests/domains")
    record_property("random texts of domains that pass their own tests", 1)


def test_the_texts_have_all_that_there_is() -> None:
    """All mistakes, and every type, alone and with each word."""
    written = " ".join(text.text for text in TEXTS)
    assert 0.1 < len(TEXTS) - len(GOOD) < 0.3 * len(TEXTS)
    assert {text.text for text in TEXTS if text.wrong}
    assert len({len(text.plurals) for text in GOOD}) == 6
    for type_, known in FIELDS.TYPES.items():
        assert f":{type_}?" in written
        assert not known.unique or re.search(rf"\w+:{type_}\??\ unique", written) or type_ == "text", type_
    assert len(MISTAKES) > 15
