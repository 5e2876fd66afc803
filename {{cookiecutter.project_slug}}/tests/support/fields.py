"""What the fields of a domain take and refuse: one class for each type."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, ClassVar

from fastapi.testclient import TestClient

Make = Callable[..., dict[str, Any]]
START = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = count(1)


@dataclass(frozen=True, kw_only=True)
class Field:
    """May be null when it is optional; no two rows have the same value when it is unique."""

    optional: bool = False
    unique: bool = False
    wrong: ClassVar[tuple[Any, ...]] = ()

    def value(self, client: TestClient, number: int) -> Any:
        """As it is sent, and sent back: another one for each number, where the type has as many."""
        raise NotImplementedError
