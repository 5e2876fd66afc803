"""Services that live on: a history of the template, and `cruft` as a user calls it."""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from template import copy_template

from .paths import ROOT, SERVICE, files
from .programs import run

RENDERED = ("hooks", SERVICE, "cookiecutter.json")
CRUFT = Path(sys.executable).with_name("cruft")
AUTHOR = {f"GIT_{role}_{what}": "test" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *words: str) -> str:
    return run("git", *words, cwd=folder, env=AUTHOR).strip()


def cruft(*words: str | Path, cwd: Path) -> str:
    """As a user calls it, who has nothing set up."""
    return run(CRUFT, *words, cwd=cwd, env=AUTHOR | {"HOME": str(cwd)})


def commit(service: Path) -> None:
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--allow-empty", "--message", "A step")


def put(template: Path, line: str = "") -> None:
    """Commit what lies here; with a line, a template in which each module of the service ends with it."""
    for name in RENDERED:
        git(template, "rm", "-rq", "--ignore-unmatch", name)
        shutil.rmtree(template / name, ignore_errors=True)
    copy_template(template)
    # Without those of packages: in one of them a team lists its domains, on the last line.
    for path in (template / SERVICE / "app").rglob("[!_]*.py") if line else ():
        path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")
    commit(template)


def copy_history(copy: Path) -> Path:
    """A repository of the template, its last commit what lies here, the one before it a little different."""
    git(ROOT, "clone", "--quiet", str(ROOT), str(copy))
    put(copy, "\n# What an older template had.\n")
    put(copy)
    return copy


def earlier(history: Path) -> str:
    """The last tag, for people make services from tags; without one, the commit before the last."""
    tags = git(history, "tag", "--sort=-creatordate").splitlines()
    return tags[0] if tags else "HEAD~1"


def create(history: Path, folder: Path, answers: Mapping[str, str], *options: str) -> Path:
    """A service in a repository of its own, as cruft makes it."""
    given = json.dumps(answers)
    cruft("create", str(history), "--no-input", "--extra-context", given, *options, cwd=folder)
    service = next(path for path in folder.iterdir() if (path / ".cruft.json").exists())
    git(service, "init", "--quiet")
    commit(service)
    return service


def update(service: Path, *options: str) -> None:
    """No hunk may be left for a person to place."""
    said = cruft("update", "--skip-apply-ask", *options, cwd=service)
    assert "Good work!" in said or "up to date" in said, said
    unmerged = git(service, "diff", "--name-only", "--diff-filter=U").splitlines()
    assert [*service.rglob("*.rej"), *unmerged] == [], said


def assert_is(service: Path, fresh: Path) -> None:
    """The one is what the other is, to the letter."""
    found = {name: text for name, text in files(service).items() if not name.startswith((".git/", ".cruft"))}
    expected = files(fresh)
    assert found.keys() ^ expected.keys() == set()
    assert [name for name in found if found[name] != expected[name]] == []
