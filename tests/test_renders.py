"""Every service: linted, typed, layered and tested, and silent about the answers that were not chosen."""

import hashlib
import json
import re
import sys
from itertools import product
from pathlib import Path

import pytest
from conftest import POST_GEN, ROOT, SERVICE, Bake, files, ruff_complains
from running import run

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES = {
    name: answers for name, answers in QUESTIONS.items() if isinstance(answers, list) and name[0] != "_"
}
ANSWERS = [(question, answer) for question, answers in CHOICES.items() for answer in answers]

# What is run in a service; the rest of it is text.
CODE = ("app", "benchmarks", "migrations", "scripts", "tests", "pyproject.toml")

DOMAINS = {
    "no domain": "none",
    "one domain": "invoices",
    "two domains": QUESTIONS["domains"],
    "twenty domains": ", ".join(f"kind{number}s" for number in range(20)),
    "irregular plurals": "person:people, datum:data, box:boxes",
    "the longest names": f"{'a' * 15}_{'b' * 14}:{'c' * 14}_{'d' * 15}, {'e' * 29}s, {'f' * 29}s",
}

# How an answer shows, in any file or its name. A new answer needs its line: with no words it leaves no trace.
WORDS = {
    ("database", "sqlite"): r"(?i)sqlite",
    ("database", "postgresql"): r"(?i)postgres|psycopg",
    ("database", "none"): r"in the memory of",
    ("model_serving", "none"): "",
    ("model_serving", "onnx"): r"(?i:onnx|sklearn|scikit|iris|numpy)|/predict|MODEL_|OPERATOR_",
    ("ci", "github"): r"(?i)github",
    ("ci", "gitlab"): r"(?i)gitlab",
    ("ci", "none"): "",
    ("license", "MIT"): r"\bMIT\b",
    ("license", "Apache-2.0"): r"\bApache\b",
    ("license", "BSD-3-Clause"): r"\bBSD\b",
    ("license", "Proprietary"): r"(?i)proprietary|all rights reserved",
    ("python_version", "3.14"): r"(?i)python\W{1,3}(version\W{1,3})?3\.14\b",
    ("python_version", "3.13"): r"(?i)python\W{1,3}(version\W{1,3})?3\.13\b",
    ("python_version", "3.12"): r"(?i)python\W{1,3}(version\W{1,3})?3\.12\b",
    # Every service says that it runs on 3.11 and newer.
    ("python_version", "3.11"): "",
}


def shapes_code(question: str) -> bool:
    """Whether an answer changes what is run, by a condition in a file or by the tables of the hook."""
    paths = [path for name in CODE for path in (ROOT / SERVICE / name, *(ROOT / SERVICE / name).rglob("*"))]
    texts = (path.read_text(encoding="utf-8") for path in paths if path.is_file() and path.suffix != ".pyc")
    owned = [path for name, _, owned in POST_GEN.OWNED if name == question for path in owned]
    formed = [path for name, path, _ in POST_GEN.VARIANTS if name == question]
    tables = any(path.split("/")[0] in CODE for path in (*owned, *formed))
    return tables or any(f"cookiecutter.{question}" in text for text in texts)


def answer_sets() -> dict[str, dict[str, str]]:
    """All combinations of what shapes code, then domains of each kind; the other answers take turns."""
    shaping = [question for question in CHOICES if shapes_code(question)]
    others = {question: answers for question, answers in CHOICES.items() if question not in shaping}
    rows = [dict(zip(shaping, row, strict=True)) for row in product(*(CHOICES[name] for name in shaping))]
    named = {" ".join(row.values()) or "the default": row for row in rows}
    named |= {name: {"domains": text} for name, text in DOMAINS.items()}
    assert len(named) >= max(map(len, others.values())), "some answer gets no turn: add a row"
    return {
        name: {question: answers[turn % len(answers)] for question, answers in others.items()} | row
        for turn, (name, row) in enumerate(named.items())
    }


SETS = answer_sets()


def first_to_prove(service: Path, claims: Path) -> bool:
    """Whether no other test, in any process, has taken up the same code."""
    code = {name: text for name, text in files(service).items() if name.split("/")[0] in CODE}
    digest = hashlib.sha256(repr(code).encode()).hexdigest()
    try:
        (claims / digest).mkdir(parents=True)
    except FileExistsError:
        return False
    return True


def prove(service: Path, cache: Path) -> None:
    tools = Path(sys.executable).parent
    here = {"VIRTUAL_ENV": sys.prefix, "MYPY_CACHE_DIR": str(cache / "mypy")}
    for name in (["ty", "check"], ["mypy"], ["lint-imports", "--no-cache"]):
        run(tools / name[0], *name[1:], cwd=service, env=here)
    # The fourth domain is the third again under another name: its tests would only take time.
    crowd = sorted(path for path in (service / "tests" / "domains").glob("*/"))[3:]
    options = [f"--ignore={path}" for path in crowd] if crowd else ["--cov"]
    said = run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, cwd=service)
    assert " passed" in said
    assert " skipped" not in said


@pytest.mark.parametrize("name", SETS)
def test_a_service_is_proven(
    name: str, bake: Bake, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> None:
    """By every check that it brings itself, and by the stricter type checker."""
    service = bake(**SETS[name])
    assert ruff_complains(service) == ""
    mine = tmp_path_factory.getbasetemp()
    shared = mine if worker_id == "master" else mine.parent
    if first_to_prove(service, shared / "proven"):
        prove(service, mine)


def test_every_answer_gets_its_turn() -> None:
    defaults = {question: answers[0] for question, answers in CHOICES.items()}
    assert {*ANSWERS} <= {pair for answers in SETS.values() for pair in (defaults | answers).items()}


def test_every_answer_has_its_words() -> None:
    assert {*WORDS} == {*ANSWERS}


def traces(service: Path, words: str) -> list[str]:
    """The lines, and the names of files, in which these words are found."""
    contents = {name: text.decode("utf-8", "replace").splitlines() for name, text in files(service).items()}
    lines = [f"{name}: {line}" for name, content in contents.items() for line in ("", *content)]
    return [line for line in lines if words and re.search(words, line)]


@pytest.mark.parametrize(("question", "chosen"), ANSWERS)
def test_a_service_speaks_of_what_was_chosen_and_of_nothing_else(
    question: str, chosen: str, bake: Bake
) -> None:
    service = bake(**{question: chosen})
    for answer in CHOICES[question]:
        if answer != chosen:
            assert traces(service, WORDS[question, answer]) == []
    assert traces(service, WORDS[question, chosen]) or not WORDS[question, chosen]
