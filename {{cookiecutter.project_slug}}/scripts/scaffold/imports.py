"""Imports as ruff sorts them, without those that are no longer used."""

import ast
import re
from itertools import groupby
from typing import Any

LINE_LENGTH = 110
STATEMENT = r"from (\S+) import (\((?:\n    \w+,)+\n\)|\w[\w, ]*)"
BLOCK = re.compile(rf"(?:^(?:{STATEMENT}|import .+)\n)+", re.MULTILINE)


def natural(name: str) -> list[Any]:
    """The order in which ruff sorts: numbers in names by value, those that begin with 0 first."""
    parts: list[Any] = re.split(r"(\d+)", name)
    parts[1::2] = [(0 if part[0] == "0" else len(part), part) for part in parts[1::2]]
    return parts


def by_kind(name: str) -> tuple[int, list[Any], list[Any]]:
    """Constants, classes, then all others; in each, letters of both cases are one."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, natural(name.lower()), natural(name)


def wrapped(start: str, names: list[str], brackets: str) -> str:
    """On one line when it is short enough, else one name a line, as ruff writes it."""
    # On one line, an import needs no parentheses.
    left, right = brackets.strip("()") or ("", "")
    line = f"{start}{left}{', '.join(names)}{right}"
    if len(line) <= LINE_LENGTH:
        return f"{line}\n"
    return "\n".join([f"{start}{brackets[0]}", *(f"    {name}," for name in names), brackets[1]]) + "\n"


def used_names(text: str) -> set[str]:
    """What the code reads; a field or a class of a name does not use what was imported under it."""
    try:
        nodes = [*ast.walk(ast.parse(text))]
    except SyntaxError:  # no Python
        return {*re.findall(r"\w+", text)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def tidy_imports(text: str) -> str:
    """Each module imported once, in order, and nothing that the rest does not name."""
    code = used_names(text)

    def tidy(found: re.Match[str]) -> str:
        plain = [line for line in re.findall(r"^import .+\n", found[0], re.M) if line.split()[-1] in code]
        pairs = [
            (module, name)
            for module, names in re.findall(rf"^{STATEMENT}\n", found[0], re.M)
            for name in re.findall(r"\w+(?: as \w+)?", names)
            if name in code or " as " in name
        ]
        # Relative ones come last.
        ordered = sorted({*pairs}, key=lambda pair: (pair[0][0] == ".", natural(pair[0])))
        modules = groupby(ordered, key=lambda pair: pair[0])
        lines = [
            wrapped(f"from {module} import ", sorted((name for _, name in group), key=by_kind), "()")
            for module, group in modules
        ]
        return "".join([*plain, *lines])

    tidied = re.sub(r"\n{3,}(?=from |import )", "\n\n", BLOCK.sub(tidy, text))
    return re.sub(r"\n{4,}", "\n\n\n", tidied).rstrip("\n") + "\n"
