"""What must be true of every rendered file: it parses, and nothing shows that it comes from a template."""

import ast
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import PurePath
from typing import Any

import yaml

from .known import DATA


def json_of(text: str) -> Any:
    """Of the template too, where a condition is a line that JSON does not know."""
    return json.loads(re.sub(r"^# % .*$", "", text, flags=re.MULTILINE))


PARSERS: dict[str, Callable[[str], Any]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".json": json_of,
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
}
# What only the template may hold. GitHub has braces of its own: ${{ ... }}.
TRACE = re.compile(r"(?<!\$)\{\{|\{%|\{#|^\s*# %|cookiecutter\.[a-z_]|__[a-z]+_guard", re.MULTILINE)


def texts(service: Mapping[str, bytes]) -> dict[str, bytes]:
    """All but data."""
    return {name: content for name, content in service.items() if name not in DATA}


@cache
def unreadable(suffix: str, content: bytes) -> str:
    """Why a file does not parse."""
    try:
        PARSERS.get(suffix, str)(content.decode("utf-8"))
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        return f"does not parse: {error}"
    return ""


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


def problem(name: str, content: bytes) -> str:
    """The first thing that is wrong with a file."""
    if name in DATA:
        return ""
    page = untidy_page(content) if name.endswith(".md") else ""
    return unreadable(PurePath(name).suffix, content) or untidy(content) or page


def unreadable_files(service: Mapping[str, bytes]) -> list[str]:
    found = {name: unreadable(PurePath(name).suffix, content) for name, content in texts(service).items()}
    return [f"{name} {said}" for name, said in found.items() if said]


def untidy_files(service: Mapping[str, bytes]) -> list[str]:
    """What is wrong with each file."""
    found = {name: problem(name, content) for name, content in service.items()}
    return [f"{name} {said}" for name, said in found.items() if said]
