"""Mutants: small changes to the text of a program, each of which some test should notice."""

import ast
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SWAPPED: dict[type[ast.AST], Any] = {
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
    ast.And: ast.Or(),
    ast.Or: ast.And(),
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Div(),
}
NOTHING = "**{}"
"""A keyword argument that is none: unlike no text at all, it needs no look at the comma."""
# Texts for people: no test has to know their words.
FOR_PEOPLE = {"description", "examples", "title"}
WORDS = re.compile("[a-z]:? [a-z]")
UNCHANGED = ("TypeVar", "NewType", "Literal", "cast")


@dataclass(frozen=True)
class Mutant:
    file: str
    line: str
    """The one in which it begins."""
    old: str
    new: str
    start: int
    """In bytes of the file."""

    def __str__(self) -> str:
        return " ".join(f"{self.file}: `{self.line}`: `{self.old}` -> `{self.new}`".split())

    def plant(self, folder: Path) -> None:
        path, old = folder / self.file, self.old.encode()
        text = path.read_bytes()
        assert text[self.start :].startswith(old)
        path.write_bytes(text[: self.start] + self.new.encode() + text[self.start + len(old) :])


def is_log_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("logger.", "self._log"))


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """What is in it and may be changed: no annotations, but what they call; no texts for people."""
    if isinstance(node, ast.JoinedStr) or is_log_call(node):
        return  # Python 3.11 does not know where the parts of a text are.
    for name, value in ast.iter_fields(node):
        for each in value if isinstance(value, list) else [value]:
            if name in ("annotation", "returns") and each:
                yield from (part for part in ast.walk(each) if isinstance(part, ast.Call))
            elif isinstance(each, ast.AST) and not is_unchanged(each):
                yield each


def is_unchanged(node: ast.AST) -> bool:
    match node:
        case ast.keyword(arg=name):
            return name in FOR_PEOPLE
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Call(func=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)):
            return name in UNCHANGED
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def changes(node: ast.AST) -> Iterator[tuple[Any, str]]:
    """Each change to this node itself: what is replaced, and by which text."""
    match node:
        case ast.Compare(left, [operator], right) if type(operator) in SWAPPED:
            yield node, ast.unparse(ast.Compare(left, [SWAPPED[type(operator)]], right))
        case ast.BoolOp(operator, values):
            yield node, f"({ast.unparse(ast.BoolOp(SWAPPED[type(operator)], values))})"
        case ast.BinOp(left, operator, right) if type(operator) in SWAPPED:
            yield node, f"({ast.unparse(ast.BinOp(left, SWAPPED[type(operator)], right))})"
        case ast.UnaryOp(ast.Not(), operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.If(test) | ast.IfExp(test) if isinstance(test, ast.Name | ast.Attribute | ast.Call):
            yield test, f"(not {ast.unparse(test)})"
        case ast.Constant(value):
            yield from ((node, repr(other)) for other in others(value))
        case ast.JoinedStr(values) if not WORDS.search(ast.unparse(node)):
            for part in (part for part in values if isinstance(part, ast.FormattedValue)):
                yield node, ast.unparse(ast.JoinedStr([each for each in values if each is not part]))
        case ast.Expr(ast.Call() | ast.Await()) | ast.Raise() | ast.AugAssign():
            yield node, "pass"
        case ast.Assign([ast.Subscript() | ast.Attribute()]):
            yield node, "pass"
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield value, "None"
        case ast.Call(keywords=keywords) if not is_log_call(node):
            yield from ((each, NOTHING) for each in keywords if each.arg and each.arg not in FOR_PEOPLE)
        case ast.ClassDef(keywords=keywords):
            yield from ((each, NOTHING) for each in keywords)
    for decorator in getattr(node, "decorator_list", []):
        if isinstance(decorator, ast.Call):
            yield decorator, "(lambda decorated: decorated)"


def others(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value * 2 if abs(value) > 9 else value + 1
        case str() if value.startswith("^") and value.endswith("$"):
            yield from (value[1:], value[:-1])
        case str() if value and not WORDS.search(value):
            yield value + "x"


def nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    # A constructor that lacks a line fails at once: that says nothing of the tests.
    inside = [part for part in parts(node) if not is_plain_assignment(node, part)]
    for part in inside:
        yield from nodes(part)


def is_plain_assignment(scope: ast.AST, node: ast.AST) -> bool:
    return getattr(scope, "name", "") == "__init__" and isinstance(node, ast.Assign)


def mutants(folder: Path, file: str) -> Iterator[Mutant]:
    """Every mutant of a file that Python can compile, each text once."""
    text = (folder / file).read_bytes()
    lines, seen = text.splitlines(keepends=True), set[bytes]()
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    for node in nodes(ast.parse(text)):
        for place, new in changes(node):
            start = starts[place.lineno - 1] + place.col_offset
            end = starts[place.end_lineno - 1] + place.end_col_offset
            changed = text[:start] + new.encode() + text[end:]
            if changed not in seen and compiles(changed):
                seen.add(changed)
                line = lines[place.lineno - 1].decode().strip()
                yield Mutant(file, line, text[start:end].decode(), new, start)


def compiles(text: bytes) -> bool:
    try:
        compile(text, "a mutant", "exec")
    except SyntaxError:
        return False
    return True


def sample(found: Iterable[Mutant], size: int) -> list[Mutant]:
    """Of each file its share, and one at least; the same ones as long as the file is the same."""
    by_file: dict[str, list[Mutant]] = {}
    for each in found:
        by_file.setdefault(each.file, []).append(each)
    share = size / sum(map(len, by_file.values()))
    chosen = []
    for file, own in sorted(by_file.items()):
        # Shuffled first: a larger sample has all of a smaller one.
        shuffled = random.Random(f"1 {file}").sample(own, len(own))
        chosen += shuffled[: max(1, round(share * len(own)))]
    return chosen
