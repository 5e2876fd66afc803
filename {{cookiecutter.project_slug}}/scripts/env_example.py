"""Prints `.env.example` from the settings: `uv run python scripts/env_example.py > .env.example`."""

import ast
import inspect
import sys
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_json, to_jsonable_python
from pydantic_settings import BaseSettings, NoDecode

HEADER = "# Copy to .env and change what you need. What is commented out shows the default."
# Values for the machine of a developer, where they are not the default, or are worth to be seen.
DEVELOPMENT = {"environment": "development", "log_level": "INFO"}


def revealed(value: Any) -> Any:
    """With the secrets in it, which JSON shows as stars."""
    if isinstance(value, SecretStr | SecretBytes):
        return value.get_secret_value()
    if isinstance(value, BaseModel | dict):
        return {name: revealed(each) for name, each in dict(value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [revealed(each) for each in value]
    return value


def as_text(value: Any, field: FieldInfo) -> str:
    """As it is written in the environment; empty for none."""
    plain = to_jsonable_python(revealed(value), fallback=str)
    if NoDecode in field.metadata and isinstance(plain, list):
        return ",".join(map(str, plain))
    if plain is None or isinstance(plain, str):
        return plain or ""
    return to_json(plain).decode()


def docstrings_of(settings: type[BaseSettings]) -> dict[str, str]:
    """By field: the text below it, of which Python itself keeps nothing."""
    [definition] = ast.parse(dedent(inspect.getsource(settings))).body
    return {
        ast.unparse(field.target): text.value.value
        for field, text in pairwise(getattr(definition, "body", []))
        if isinstance(field, ast.AnnAssign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def entry(name: str, field: FieldInfo, docstring: str) -> str:
    """One setting: what it is for, and its line; without a comment sign when it has to be set."""
    if name in DEVELOPMENT:
        line = f"{name.upper()}={DEVELOPMENT[name]}"
    else:
        default = None if field.default is PydanticUndefined else field.default
        line = f"{'' if field.is_required() else '# '}{name.upper()}={as_text(default, field)}"
    comment = " ".join((field.description or docstring).split())
    return f"# {comment}\n{line}" if comment else line


def entries(settings: type[BaseSettings]) -> list[str]:
    texts = docstrings_of(settings)
    fields = settings.model_fields.items()
    return [entry(name, field, texts.get(name, "")) for name, field in fields]


def main() -> None:
    # A script finds only what lies next to it.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from app.settings import Settings

    print("\n\n".join([HEADER, *entries(Settings)]))


if __name__ == "__main__":
    main()
