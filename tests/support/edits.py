"""Edits of a file, as people make them: each must find its place."""

from pathlib import Path


def replace(path: Path, old: str, new: str, count: int = 1) -> None:
    """Where `old` stands first, or in every place if the count is -1."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is no longer in {path}"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
