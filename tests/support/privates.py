"""Private names of frameworks: what a release may change without notice."""

import ast
from collections.abc import Iterator

FRAMEWORKS = {
    *(
        "aiosqlite",
        "alembic",
        "docket",
        "fastapi",
        "fastapi_offline",
        "onnxruntime",
        "procrastinate",
        "psycopg",
    ),
    *("prometheus_client", "pydantic", "pydantic_settings", "redis", "sqlalchemy", "starlette", "structlog"),
    *("anyio", "asyncio", "uvicorn"),
}
# One's own object, and the class of it.
OWN = {"self", "cls"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def imports(node: ast.AST) -> Iterator[str]:
    """The dotted names that an import of a framework brings."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached(node: ast.AST) -> Iterator[str]:
    """The attributes of other objects that are read or written, also by their name as a text."""
    if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in OWN):
        yield node.attr
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "attr" in node.func.id:
        yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))


def privates(source: bytes) -> list[str]:
    """The private names that a module takes from elsewhere."""
    nodes = [*ast.walk(ast.parse(source))]
    brought = [name for node in nodes for name in imports(node) if name.partition(".")[0] in FRAMEWORKS]
    found = [name for name in brought if any(map(is_private, name.split(".")))]
    return found + [name for node in nodes for name in reached(node) if is_private(name)]
