"""Notes every write of this Python outside of a folder, whoever does it."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# What changes a disk, and for which of the event's arguments there is a path with a folder's descriptor.
CHANGES = {
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.link": ((1, 3),),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

inside: list[Path] = []
outside: list[str] = []


def resolved(path: Any, folder: int | None) -> Path:
    """An absolute path: a relative one may begin at an open folder."""
    base = os.readlink(f"/proc/self/fd/{folder}") if folder is not None and folder >= 0 else os.getcwd()
    return Path(os.path.realpath(os.path.join(base, os.fsdecode(path))))


def changed(event: str, arguments: tuple[Any, ...]) -> list[Path]:
    """The paths that an event changes."""
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike) and arguments[2] & WRITING:
        return [resolved(arguments[0], None)]
    places = CHANGES.get(event, ())
    return [resolved(arguments[at], arguments[fd] if fd is not None else None) for at, fd in places]


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    if inside and (event == "open" or event in CHANGES):
        outside.extend(
            f"{event}: {path}"
            for path in changed(event, arguments)
            if not path.is_relative_to(inside[0]) and path != Path(os.devnull)
        )


sys.addaudithook(audit)


@contextmanager
def only_in(folder: Path) -> Generator[None]:
    """Within the block nothing may be changed elsewhere."""
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    inside.append(folder.resolve())
    try:
        yield
    finally:
        inside.clear()
        sys.dont_write_bytecode = writes_bytecode
        found = [*outside]
        outside.clear()
    assert not found, found
