"""Edits of a file, as people make them: each must find its place."""

from pathlib import Path


def replace(path: Path, old: str, new: str) -> None:
    """Where `old` stands first."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is no longer in {path}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
