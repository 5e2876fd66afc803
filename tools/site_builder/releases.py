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
    """What to compare with, and what is here: of both the tag, where there is one.

    The last release before this commit; until there is one, the commit before.
    """
    tags = git(repository, "tag", "--list", "v*", "--sort=-version:refname", "--merged").decode().split()
    here = git(repository, "tag", "--list", "v*", "--points-at").decode().split()
    before = [tag for tag in tags if tag not in here]
    # Of a shallow clone, there is but one.
    earlier = git(repository, "rev-list", "--max-count=2", "HEAD").decode().split()[-1]
    return (before or [earlier])[0], (here or ["HEAD"])[-1]


def uncommitted(repository: Path) -> list[str]:
    """Files of the template that differ from the commit: what is rendered does not have their changes."""
    paths = [path for path in ("hooks", SERVICE, *LOOSE) if (repository / path).exists()]
    lines = git(repository, "status", "--porcelain", "--", *paths).decode().splitlines()
    return [line[3:] for line in lines]


def difference(old: Release, new: Release) -> tuple[Files, list[str]]:
    """What the old one has in the place of the new one's files, and what it lacks."""
    changed = {name: text for name, text in old.files.items() if new.files.get(name) != text}
    return changed, sorted(new.files.keys() - old.files.keys())
