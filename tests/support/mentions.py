"""What documents mention: paths, `make` verbs, settings and addresses, and which of them are not there."""

import re
from pathlib import Path

# What is named and not here: made by commands, or by others.
ELSEWHERE = {
    "build/",
    "build/image/",
    "uv.lock",
    "service.db",
    ".env",
    "scripts/template_domain/",
    "make new",
    "app/predictions/times.py",
    "application/problem+json",
    "config/deploy.yml",
}
# Folders of a container, which read like addresses.
FOLDERS = ("/data", "/run/secrets", "/tmp")


def named(text: str) -> list[str]:
    """What stands in backticks, outside of blocks."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", prose)


def verbs(makefile: Path) -> set[str]:
    return {*re.findall(r"^([a-z][a-z-]*):", makefile.read_text(encoding="utf-8"), re.MULTILINE)}


def is_path(word: str) -> bool:
    """Whether it reads like a path, not like an address or a type of content."""
    return re.fullmatch(r"[\w.{][\w.{}/-]*(/|\.(py|toml|json|md|yml|ini|example))", word) is not None


def lost_paths(text: str, *roots: Path) -> list[str]:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    paths = [word for word in (*named(text), *links) if is_path(word) and word not in ELSEWHERE]
    return [
        path for path in paths if not any((root / path).exists() or [*root.rglob(path)] for root in roots)
    ]


def lost_verbs(text: str, known: set[str]) -> set[str]:
    return {*re.findall(r"`make ([a-z][a-z-]*)", text)} - known


def lost_constants(text: str, code: str) -> list[str]:
    """Settings, and tables of the hooks: all that is written in capitals."""
    words = {word.partition("=")[0] for word in named(text)}
    return [word for word in words if re.fullmatch("[A-Z]+(_[A-Z]+)+", word) and word not in code]


def addresses(text: str) -> set[str]:
    """The paths of requests that a document names."""
    words = {word.split()[-1] for word in named(text) if re.fullmatch(r"([A-Z]+ )?/[\w./{}?=&-]+", word)}
    return {word for word in words if not word.startswith(FOLDERS)}


def same(address: str) -> str:
    """An address without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", address.partition("?")[0])
