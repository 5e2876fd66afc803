"""What must be true of every service, whatever was answered; what holds of a content is found out once."""

import ast
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import PurePath
from typing import Any

import yaml
from conftest import DOMAIN, POST_GEN
from offered import CODE, DATA, KNOWN, PROJECT, UNIMPORTED

Files = Mapping[str, bytes]
Answer = tuple[str, str]

PARSERS: dict[str, Callable[[str], Any]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
}
# What only the template may hold. GitHub has braces of its own: ${{ ... }}.
TRACE = re.compile(r"(?<!\$)\{\{|\{%|\{#|^\s*# %|cookiecutter\.[a-z_]|__[a-z]+_guard", re.MULTILINE)


def digest(service: Files, *parts: str) -> str:
    """One text for all that is in these folders and files."""
    held = sorted((name, text) for name, text in service.items() if name.split("/")[0] in parts)
    return hashlib.sha256(repr(held).encode()).hexdigest()


# Files


def texts(service: Files) -> dict[str, bytes]:
    """All but data."""
    return {name: content for name, content in service.items() if name not in DATA}


def is_below(name: str, path: str) -> bool:
    return f"{name}/".startswith(f"{path}/")


def unstamped(answers: Mapping[str, str], raw: Iterable[str]) -> set[str]:
    """The files that the tables of the hook leave, before domains are stamped."""
    names = {*raw}
    for question, path, forms in POST_GEN.VARIANTS:
        names |= {path} if answers[question] in forms else set()
        names -= {*forms.values()}
    gone = [
        path
        for keeping, owned in POST_GEN.OWNED
        if all(answers[question] not in kept for question, kept in keeping.items())
        for path in owned
    ]
    return {name for name in names if not any(is_below(name, path) for path in gone)}


def expected_files(answers: Mapping[str, str], raw: Iterable[str]) -> set[str]:
    """The model: what the tables say, each file of the exemplar set aside and once for each domain."""
    names = unstamped(answers, raw)
    exemplar = {name for name in names if name.split("/")[0] in DOMAIN.FOLDERS and "widget" in name}
    kept = {f"{DOMAIN.KEPT.as_posix()}/{name}" for name in exemplar}
    pairs = DOMAIN.read_domains(answers["domains"])
    stamped = {
        name.replace("widgets", many).replace("widget", one) for one, many in pairs for name in exemplar
    }
    return names - exemplar | kept | stamped


@cache
def unreadable(suffix: str, content: bytes) -> str:
    """Why a file does not parse."""
    try:
        PARSERS.get(suffix, str)(content.decode("utf-8"))
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        return f"does not parse: {error}"
    return ""


def unreadable_files(service: Files) -> list[str]:
    found = {name: unreadable(PurePath(name).suffix, content) for name, content in texts(service).items()}
    return [f"{name} {problem}" for name, problem in found.items() if problem]


@cache
def untidy(content: bytes) -> str:
    """What shows where a file comes from, or is no tidy text."""
    text = content.decode("utf-8")
    if trace := TRACE.search(text):
        return f"has a trace of the template: {trace[0]!r}"
    tidy = "\r" not in text and (not text or text[-1:] == "\n" != text[-2:-1])
    return "" if tidy else "does not end in one line break"


@cache
def untidy_page(content: bytes) -> str:
    """What conditions leave in Markdown when they swallow one blank line too many, or too few.

    Python in it begins with small letters; there, two blank lines are right.
    """
    found = re.search(r"\n\n\n[^a-z@].*|[^\n]\n##+ .*", content.decode("utf-8"))
    return f"has blank lines wrong: {found[0]!r}" if found else ""


def untidy_files(service: Files) -> list[str]:
    """What is wrong with each file."""
    found = {
        name: untidy(content) or (untidy_page(content) if name.endswith(".md") else "")
        for name, content in texts(service).items()
    }
    return unreadable_files(service) + [f"{name} {problem}" for name, problem in found.items() if problem]


# Residue


@cache
def spoken_of(text: str) -> frozenset[Answer]:
    """The answers whose words are in a text."""
    lines = text.splitlines()
    return frozenset(
        answer
        for answer, known in KNOWN.items()
        if known.words and any(re.search(known.words, line) for line in lines)
    )


def residue(answers: Mapping[str, str], service: Files) -> list[str]:
    """Where a service speaks of what was not chosen, and what was chosen that it does not speak of."""
    chosen = {answer for answer in answers.items() if answer in KNOWN}
    heard = {answer for answer in chosen if KNOWN[answer].words and KNOWN[answer].silent_with not in chosen}
    found = {name: spoken_of(name) for name in service}
    found |= {name: found[name] | spoken_of(text.decode("utf-8")) for name, text in texts(service).items()}
    silent = heard.difference(*found.values())
    left = [f"{name} speaks of {answer}" for name, said in found.items() for answer in said - chosen]
    return left + [f"nothing speaks of {answer}" for answer in silent]


@cache
def imported(content: bytes) -> frozenset[str]:
    """The packages that a module imports, its own left out."""
    found = set[str]()
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return frozenset(found)


def names_of(requirements: Iterable[object]) -> set[str]:
    """The bare names in a list of dependencies."""
    matches = [re.match("[A-Za-z0-9_-]+", line) for line in requirements if isinstance(line, str)]
    return {match[0].lower() for match in matches if match}


@cache
def providers() -> Mapping[str, list[str]]:
    """The packages that bring each module, here where all are installed."""
    return packages_distributions()


def used_packages(service: Files) -> set[str]:
    """The packages that the modules of a service import when it runs."""
    run = ("app", "migrations")
    modules = [text for name, text in service.items() if name.endswith(".py") and name.split("/")[0] in run]
    distributions = providers()
    used = {
        name.lower().replace("_", "-")
        for text in modules
        for module in imported(text)
        for name in distributions.get(module, ())
    }
    return used


def idle_dependencies(service: Files) -> set[str]:
    """What is installed with a service, and that nothing in it asks for."""
    named = {name for name, (file, text) in UNIMPORTED.items() if text.encode() in service.get(file, b"")}
    return declared(service) - used_packages(service) - named


def declared(service: Files) -> set[str]:
    project = tomllib.loads(service["pyproject.toml"].decode())["project"]
    return names_of(project["dependencies"])


def lost_dependencies(service: Files) -> set[str]:
    """What it uses and only other services install: in an environment of its own it would not start."""
    direct = names_of(PROJECT["dependency-groups"]["service"])
    development = tomllib.loads(service["pyproject.toml"].decode())["dependency-groups"]["dev"]
    return used_packages(service) & direct - declared(service) - names_of(development)


def setting_names(service: Files) -> set[str]:
    """The settings of a service, as the environment has them."""
    tree = ast.parse(service["app/settings.py"])
    fields = [node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)]
    return {node.target.id.upper() for node in fields if isinstance(node.target, ast.Name)}


def idle_settings(service: Files) -> set[str]:
    """Settings that nothing in the service reads."""
    code = b"\n".join(text for name, text in service.items() if name.startswith("app/")).decode()
    read = {name.upper() for name in re.findall(r"settings\.(\w+)", code)}
    return setting_names(service) - read


def lost_examples(service: Files) -> set[str]:
    """What `.env.example` offers, and no setting reads."""
    offered = re.findall(r"^(?:# )?([A-Z_]+)=", service[".env.example"].decode(), re.MULTILINE)
    return {*offered} - setting_names(service)


def idle(service: Files) -> list[str]:
    """What a service has and does not use, or uses and does not have."""
    found = {
        "a dependency that nothing asks for": idle_dependencies(service),
        "a dependency that is not declared": lost_dependencies(service),
        "a setting that nothing reads": idle_settings(service),
        "a line of .env.example without a setting": lost_examples(service),
    }
    return [f"{kind}: {name}" for kind, names in found.items() for name in sorted(names)]


def code_of(service: Files) -> str:
    return digest(service, *CODE)
