"""What is offered, and what is known of it: a new question or answer joins by its row in KNOWN."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product
from typing import NamedTuple

from conftest import POST_GEN, PRE_GEN, ROOT, SERVICE

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES: dict[str, list[str]] = {
    name: known for name, known in QUESTIONS.items() if isinstance(known, list) and name[0] != "_"
}
ANSWERS = [(question, answer) for question, answers in CHOICES.items() for answer in answers]
DEFAULTS = {question: answers[0] for question, answers in CHOICES.items()}

# Pairs that cannot be, by the hook that refuses them: ({question: answer, other: (answers)}, remedy).
IMPOSSIBLE = getattr(PRE_GEN, "IMPOSSIBLE", ())

# What is run in a service; the rest of it is text.
CODE = ("app", "benchmarks", "migrations", "scripts", "tests", "pyproject.toml")


class Known(NamedTuple):
    """What is known of an answer, said without the tables of the hook."""

    words: str = ""
    """How it shows, in any file or its name: nothing of this is left in a service that did not choose it."""
    file: str = ""
    """A file that it brings, or brings a form of, ..."""
    text: str = ""
    """... and what stands there with no other answer."""
    server: str = ""
    """The server that its service needs, a row of SERVERS in servers.py."""
    silent_with: tuple[str, str] = ("", "")
    """Another answer, with which this one changes nothing."""


KNOWN = {
    ("database", "sqlite"): Known("(?i)sqlite", "app/engine.py", "PRAGMA"),
    ("database", "postgresql"): Known(
        "(?i)postgres|psycopg", "app/engine.py", "statement_timeout", server="postgresql"
    ),
    ("database", "none"): Known("in the memory of", "app/database.py", "Rows in the memory"),
    ("tasks", "in-process"): Known(
        "Tasks run in the process of the service", "app/tasks/engine.py", "in the processes of the service"
    ),
    ("tasks", "redis"): Known("(?i)redis(?!tribut)|docket", "app/tasks/engine.py", "Docket", server="redis"),
    ("tasks", "postgresql"): Known("(?i)procrastinate", "app/tasks/engine.py", "Procrastinate"),
    ("model_serving", "none"): Known(),
    ("model_serving", "onnx"): Known(
        "(?i:onnx|sklearn|scikit|iris|numpy)|/predict|MODEL_|OPERATOR_",
        "app/predictions/onnx.py",
        "InferenceSession",
    ),
    ("ci", "github"): Known("(?i)github", ".github/workflows/ci.yml", "actions/checkout"),
    ("ci", "gitlab"): Known("(?i)gitlab", ".gitlab-ci.yml", "script:"),
    ("ci", "none"): Known(),
    ("license", "MIT"): Known(r"\bMIT\b", "LICENSE", "MIT License"),
    ("license", "Apache-2.0"): Known(r"\bApache\b", "LICENSE", "Apache License"),
    ("license", "BSD-3-Clause"): Known(r"\bBSD\b", "LICENSE", "BSD 3-Clause License"),
    ("license", "Proprietary"): Known(
        "(?i)proprietary|all rights reserved", "LICENSE", "All rights reserved."
    ),
    **{
        ("python_version", version): Known(
            # Every service says that it runs on 3.11 and newer.
            "" if version == "3.11" else rf"(?i)python\W{{1,3}}(version\W{{1,3}})?{version}\b",
            ".github/workflows/ci.yml",
            f'UV_PYTHON: "{version}"',
            silent_with=("ci", "none"),
        )
        for version in CHOICES["python_version"]
    },
}

# Answers to `domains`, each of another kind.
DOMAINS = {
    "two domains": QUESTIONS["domains"],
    "no domain": "none",
    "one domain": "invoices",
    "irregular plurals": "person:people, datum:data, box:boxes",
    "the longest names": f"{'a' * 15}_{'b' * 14}:{'c' * 14}_{'d' * 15}, {'e' * 29}s, {'f' * 29}s",
    "twenty domains": ", ".join(f"kind{number}s" for number in range(20)),
}

# The only files that ask what was answered; all others are the same in every service, or owned by an option.
KNOWING = {
    ".env.example",
    ".github/workflows/ci.yml",
    ".gitignore",
    ".gitlab-ci.yml",
    "AGENTS.md",
    "Makefile",
    "README.md",
    "app/factory.py",
    "app/settings.py",
    "app/state.py",
    "migrations/env.py",
    "pyproject.toml",
    "tests/conftest.py",
}

# Data, copied as it is: the only files that are no text.
DATA = {"models/model.onnx"}

# Packages that a service needs and does not import, and where they are named instead.
UNIMPORTED = {
    "aiosqlite": ("app/settings.py", "sqlite+aiosqlite:"),
    "fastapi-offline": ("app/docs.py", "fastapi_offline"),
    "psycopg": ("app/settings.py", "postgresql+psycopg:"),
    "uvicorn": ("Makefile", "uv run uvicorn"),
}


def applies(condition: Mapping[str, str | tuple[str, ...]], answers: Mapping[str, str]) -> bool:
    """Whether all of these questions were answered so."""
    return all(
        answers.get(question) == wanted if isinstance(wanted, str) else answers.get(question) in wanted
        for question, wanted in condition.items()
    )


def possible(answers: Mapping[str, str]) -> bool:
    return not any(applies(condition, answers) for condition, _ in IMPOSSIBLE)


def every_set() -> list[dict[str, str]]:
    """Every combination of all choices that the hook lets pass."""
    sets = (dict(zip(CHOICES, row, strict=True)) for row in product(*CHOICES.values()))
    return [answers for answers in sets if possible(answers)]


def shapes_code(question: str) -> bool:
    """Whether an answer changes what is run, by a condition in a file or by the tables of the hook."""
    paths = [path for name in CODE for path in (ROOT / SERVICE / name, *(ROOT / SERVICE / name).rglob("*"))]
    texts = (path.read_text(encoding="utf-8") for path in paths if path.is_file() and path.suffix != ".pyc")
    owned = [path for keeping, owned in POST_GEN.OWNED if question in keeping for path in owned]
    formed = [path for name, path, _ in POST_GEN.VARIANTS if name == question]
    tables = any(path.split("/")[0] in CODE for path in (*owned, *formed))
    return tables or any(f"cookiecutter.{question}" in text for text in texts)


@cache
def shaping() -> tuple[str, ...]:
    """The questions whose answers change what is run."""
    return tuple(filter(shapes_code, CHOICES))


# Some sets

AXES = {"domains": list(DOMAINS.values()), **CHOICES}
Meeting = frozenset[tuple[str, str]]
"""Answers of different questions in one service."""


def meetings(answers: Mapping[str, str], size: int) -> set[Meeting]:
    return {frozenset(some) for some in combinations(answers.items(), size)}


def complete(answers: dict[str, str], wanted: set[Meeting], size: int = 2) -> dict[str, str] | None:
    """Answer the open questions so that many wanted ones meet; None when that cannot be."""
    open_questions = [question for question in AXES if question not in answers]
    if not possible(answers) or not open_questions:
        return {question: answers[question] for question in AXES} if possible(answers) else None
    choices = [{**answers, open_questions[0]: answer} for answer in AXES[open_questions[0]]]
    choices.sort(key=lambda choice: -len(meetings(choice, size) & wanted))
    return next(filter(None, (complete(choice, wanted, size) for choice in choices)), None)


def possible_meetings(size: int) -> list[Meeting]:
    """All that some service may have together, in the order of the questions."""
    answers = (product(*(AXES[name] for name in names)) for names in combinations(AXES, size))
    some = (
        zip(names, row, strict=True)
        for names, rows in zip(combinations(AXES, size), answers, strict=True)
        for row in rows
    )
    return [meeting for meeting in map(frozenset, some) if complete(dict(meeting), set())]


@cache
def covering(size: int) -> list[dict[str, str]]:
    """Sets in which all answers of so many questions meet at least once; the first is the default."""
    rows = [{"domains": QUESTIONS["domains"]} | DEFAULTS]
    todo = possible_meetings(size)
    while todo := [meeting for meeting in todo if not meeting <= {*rows[-1].items()}]:
        row = complete(dict(todo[0]), {*todo}, size)
        assert row
        rows.append(row)
    return rows


def with_answer(question: str, answer: str) -> dict[str, str]:
    """The defaults but for one answer, and for what must change with it."""
    given = {"domains": QUESTIONS["domains"]} | DEFAULTS | {question: answer}
    changes = ((name, other) for name, known in CHOICES.items() if name != question for other in known)
    sets = [given, *({**given, name: other} for name, other in changes)]
    return next(filter(possible, sets))


def everything() -> dict[str, str]:
    """For each question the last answer that is not "none" and goes with those before it."""
    answers: dict[str, str] = {}
    for question, known in CHOICES.items():
        choices = ({**answers, question: answer} for answer in reversed(known) if answer != "none")
        answers = next(choice for choice in choices if complete(choice, set()))
    return answers


def minimal() -> dict[str, str]:
    """Nothing that can be left out."""
    return {question: "none" if "none" in known else known[0] for question, known in CHOICES.items()}


EXTREMES = {"minimal": minimal() | {"domains": "none"}, "default": DEFAULTS, "everything": everything()}


def label(answers: Mapping[str, str]) -> str:
    """A short name for a set of answers."""
    kinds = {text: kind for kind, text in DOMAINS.items()}
    texts = [kinds[answer] if question == "domains" else answer for question, answer in answers.items()]
    return ", ".join(texts)


def needed_servers(answers: Mapping[str, str]) -> Iterator[str]:
    """The servers without which such a service is not ready."""
    return (known for answer in answers.items() if answer in KNOWN and (known := KNOWN[answer].server))
