"""Overlays: folders whose name says with which answers their files are laid over the service."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from .hooks import POST_GEN
from .paths import RAW, raw_files

OVERLAYS = "overlays"
OWNED: dict[str, list[str]] = json.loads((RAW / POST_GEN.OWNED).read_text(encoding="utf-8"))
"""The paths of each row, whose name is a condition like that of an overlay."""


class Overlay(NamedTuple):
    """A folder of overlays or a row of owned paths, as its name reads."""

    name: str
    question: str
    answers: tuple[str, ...]

    def applies(self, answers: Mapping[str, str]) -> bool:
        return answers[self.question] in self.answers


def read_name(name: str) -> Overlay:
    """The condition in a name, such as `tasks-redis+postgresql`."""
    question, _, answers = name.partition("-")
    return Overlay(name, question, tuple(answers.split("+")))


def overlays() -> dict[str, list[str]]:
    """The folders, in the order in which they are laid, and the paths that each brings."""
    found: dict[str, list[str]] = {}
    for path in raw_files():
        if path.startswith(f"{OVERLAYS}/"):
            _, folder, name = path.split("/", 2)
            found.setdefault(folder, []).append(name)
    return {folder: found[folder] for folder in sorted(found)}


def is_below(name: str, path: str) -> bool:
    return f"{name}/".startswith(f"{path}/")


def owners(name: str) -> list[tuple[str, tuple[str, ...]]]:
    """The questions on which it depends whether a file stays, each with the answers that keep it."""
    keeping: dict[tuple[str, str], list[str]] = {}
    for row, paths in OWNED.items():
        overlay = read_name(row)
        for path in paths:
            if is_below(name, path):
                keeping.setdefault((path, overlay.question), []).extend(overlay.answers)
    return [(question, tuple(answers)) for (_, question), answers in keeping.items()]


def is_kept(name: str, answers: Mapping[str, str]) -> bool:
    return all(answers[question] in keeping for question, keeping in owners(name))
