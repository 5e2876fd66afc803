"""The list of domains in `app/domains/__init__.py`: of it, two statements are written again."""

import re
import sys
from pathlib import Path

from .imports import natural, wrapped

REGISTRY = Path("app", "domains", "__init__.py")
WORD = re.compile(r"\w+")
IMPORT = re.compile(r"^from \. import (\((?:\n    \w+,)+\n\)|\w+(?:, \w+)*)\n\n?", re.MULTILINE)
DOMAINS = re.compile(r"^(DOMAINS\b.* = )\[((?:\n    \w+,)+\n|\w+(?:, \w+)*|)\]\n", re.MULTILINE)


def registered(text: str) -> list[str]:
    """The domains, in the order in which they are served."""
    found = DOMAINS.search(text)
    return WORD.findall(found[2]) if found else []


def register(text: str, new: set[str], old: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    """The registry with its new domains, without the old ones; every other line stays as it is."""
    imports, table = IMPORT.search(text), DOMAINS.search(text)
    if not table or (table[2].strip() and not imports):
        sys.exit(f"{REGISTRY.as_posix()}: write its import and DOMAINS plainly, with no comment in them")
    before = registered(text)
    served = [name for name in before if name not in old] + sorted(new - {*before}, key=natural)
    if before == sorted(before, key=natural):  # else the team has an order of its own
        served.sort(key=natural)
    known = sorted({*WORD.findall(imports[1] if imports else "")} - old | new, key=natural)
    block = wrapped("from . import ", known, "()") + "\n" if known else ""
    listed = wrapped(table[1], served, "[]")
    text = text.replace(table[0], listed)
    return text.replace(imports[0], block) if imports else text.replace(listed, block + listed)
