"""The types of the fixtures in conftest.py."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

Bake = Callable[..., Path]
Render = Callable[..., Path]
QuickBake = Callable[..., AbstractContextManager[Path]]
Rendered = Callable[..., dict[str, bytes]]
Claim = Callable[[str], bool]
Record = Callable[[str, object], None]
Tell = Callable[[str], None]
RanNothing = Callable[[str], None]
Presets = dict[str, Path]
