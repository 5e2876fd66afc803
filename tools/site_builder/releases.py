"""The template at two points of its history: what the page renders, and what it compares that with."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from template import LOOSE, SERVICE

from .archives import Files, in_tar


@dataclass(frozen=True)
class Release:
    """A tag or a commit."""

    name: str
    commit: str
    files: Files


def git(repository: Path, *words: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True).stdout


def release(repository: Path, name: str) -> Release:
    commit = git(repository, "rev-parse", f"{name}^{{commit}}").decode().strip()
    # One that is older than a file has none of that name.
    there = git(repository, "ls-tree", "--name-only", commit).decode().splitlines()
    paths = [path for path in ("hooks", SERVICE, *LOOSE) if path in there]
    archive = git(repository, "archive", "--prefix=template/", commit, *paths)
    return Release(name if name.startswith("v") else commit[:10], commit, in_tar(archive))


def names(repository: Path) -> tuple[str, str]:
    """The last tag but one and the last; until there are two, the commit before this one and this one."""
    tags = git(repository, "tag", "--list", "v*", "--sort=-version:refname").decode().split()
    if len(tags) > 1:
        return tags[1], tags[0]
    # Of a shallow clone, there is but one.
    earlier = git(repository, "rev-list", "--max-count=2", "HEAD").decode().split()[-1]
    return earlier, "HEAD"


def difference(old: Release, new: Release) -> tuple[Files, list[str]]:
    """What the old one has in the place of the new one's files, and what it lacks."""
    changed = {name: text for name, text in old.files.items() if new.files.get(name) != text}
    return changed, sorted(new.files.keys() - old.files.keys())
