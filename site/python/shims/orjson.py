"""What services use of the package of this name, in its place: it has no file for browsers."""

import json
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

JSONDecodeError = json.JSONDecodeError
loads = json.loads


class Fragment(str):
    """Text that is JSON already. Inside of other values it stays a text: only logs have it there."""

    def __new__(cls, content: bytes | str) -> "Fragment":
        return super().__new__(cls, content if isinstance(content, str) else content.decode())


def dumps(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    return value.encode() if isinstance(value, Fragment) else to_json(value, fallback=default)
