"""What differs between two services, file by file."""

from difflib import unified_diff
from itertools import islice

Files = dict[str, bytes]


def text_of(content: bytes) -> list[str] | None:
    """The lines of a text; nothing of data."""
    try:
        return content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return None


def difference(name: str, before: Files, after: Files) -> dict[str, str]:
    """As `git diff` shows it, without its first lines, which name the files."""
    state = "added" if name not in before else "removed" if name not in after else "changed"
    old, new = text_of(before.get(name, b"")), text_of(after.get(name, b""))
    told = () if old is None or new is None else islice(unified_diff(old, new, lineterm=""), 2, None)
    return {"path": name, "state": state, "text": "\n".join(told)}


def differences(before: Files, after: Files) -> list[dict[str, str]]:
    names = sorted(name for name in before | after if before.get(name) != after.get(name))
    return [difference(name, before, after) for name in names]
