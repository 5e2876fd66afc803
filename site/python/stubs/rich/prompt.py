"""The names that cookiecutter imports, and what it derives its own classes from."""

from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class InvalidResponse(Exception):  # noqa: N818
    """Never raised: nothing is prompted for."""


class PromptBase(Generic[Answer]):
    """Never called."""


class Prompt(PromptBase[str]):
    """Never called."""


class Confirm(PromptBase[bool]):
    """Never called."""
