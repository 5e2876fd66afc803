"""The paths that a service can have, and which file of the raw template stands there."""

from collections.abc import Mapping
from functools import cache

from cookiecutter.generate import is_copy_only_path

from .hooks import POST_GEN
from .options import QUESTIONS
from .overlays import OVERLAYS, Overlay, is_kept, overlays, owners, read_name
from .paths import raw_files


@cache
def paths() -> dict[str, tuple[Overlay, ...]]:
    """Every path that a service can have before domains are generated, and the overlays that bring it."""
    gone = (f"{OVERLAYS}/", POST_GEN.OWNED, POST_GEN.UNFINISHED)
    found: dict[str, tuple[Overlay, ...]] = {path: () for path in raw_files() if not path.startswith(gone)}
    for folder, names in overlays().items():
        for name in names:
            found[name] = (*found.get(name, ()), read_name(folder))
    return found


def origin(path: str, answers: Mapping[str, str]) -> str | None:
    """Which file of the raw template a service with these answers has at this path."""
    if not is_kept(path, answers):
        return None
    applied = [overlay for overlay in paths()[path] if overlay.applies(answers)]
    if applied:
        return f"{OVERLAYS}/{applied[-1].name}/{path}"
    return path if path in raw_files() else None


def origins(path: str) -> list[str]:
    """The files of the raw template that can stand at this path."""
    raw = [path] if path in raw_files() else []
    return raw + [f"{OVERLAYS}/{overlay.name}/{path}" for overlay in paths()[path]]


def placing(path: str) -> set[str]:
    """The questions on which it depends whether there is a file, and which."""
    return {question for question, _ in owners(path)} | {overlay.question for overlay in paths()[path]}


def is_copied(path: str) -> bool:
    return bool(is_copy_only_path(path, {"cookiecutter": QUESTIONS}))
