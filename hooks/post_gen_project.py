"""Give the service its shape: lay overlays, prune what was not chosen, generate the domains."""

import json
import shutil
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

# What lies at one path in several forms: overlays/<question>-<answer>[+<answer>]/<path>.
OVERLAYS = "overlays"
# The domain from which all others are made, and what it refers to.
TEMPLATE_DOMAIN = ("app/domains/widgets", "migrations/versions/create_widgets.py", "tests/domains/widgets")
REFERRED_TO = ("app/domains/gadgets", "migrations/versions/create_gadgets.py", "tests/domains/gadgets")
# Make reads this one in the place of the Makefile, and stops: in a service for which no hook ran to its end.
UNFINISHED = "GNUmakefile"
# Which answers own which files and folders, in rows that are named like overlays.
OWNED = "owned.json"


def move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    remove(target)  # of an earlier render into the same folder
    source.replace(target)


def read_name(name: str) -> tuple[str, set[str]]:
    """The question of an overlay, or of a row of owned paths, and its answers."""
    question, _, answers = name.partition("-")
    return question, {*answers.split("+")}


def lay_overlays(root: Path, answers: dict[str, str]) -> None:
    for overlay in sorted((root / OVERLAYS).glob("*")):
        question, allowed = read_name(overlay.name)
        if answers[question] in allowed:
            for source in [path for path in overlay.rglob("*") if path.is_file()]:
                move(source, root / source.relative_to(overlay))
    remove(root / OVERLAYS)


def keeps(path: str, answers: dict[str, str], owned: dict[str, list[str]]) -> bool:
    """When, for each question that owns it, the chosen answer is among those that do."""
    allowed: dict[str, set[str]] = {}
    for question, owning in (read_name(name) for name, paths in owned.items() if path in paths):
        allowed.setdefault(question, set()).update(owning)
    return all(answers[question] in owning for question, owning in allowed.items())


def prune(root: Path, answers: dict[str, str]) -> None:
    owned = json.loads((root / OWNED).read_text(encoding="utf-8"))
    for path in {path for paths in owned.values() for path in paths}:
        if not keeps(path, answers, owned):
            remove(root / path)
            remove_empty_parents(root, path)
    remove(root / OWNED)


def remove_empty_parents(root: Path, path: str) -> None:
    for parent in [root / name for name in Path(path).parents if name.name]:
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def set_aside(root: Path) -> None:
    """Take the template domain out of the service, where it is a domain too, and keep it for later."""
    for name in REFERRED_TO:
        remove(root / name)
    for path in filter(Path.exists, (root / name for name in TEMPLATE_DOMAIN)):
        move(path, root / "scripts" / "template_domain" / path.relative_to(root))
    registry = root / "app" / "domains" / "__init__.py"
    text = registry.read_text(encoding="utf-8").replace("from . import gadgets, widgets\n\n", "")
    registry.write_bytes(text.replace("[gadgets, widgets]", "[]").encode())


def scaffold(root: Path, module: str = "scaffold") -> ModuleType:
    """The package inside the service, and no other one that was imported under this name."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "scaffold"]:
        del sys.modules[name]
    sys.path.insert(0, str(root / "scripts"))
    # A cache in the template would be taken for a part of the service.
    caches, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return import_module(module)
    finally:
        sys.dont_write_bytecode = caches
        sys.path.remove(str(root / "scripts"))


def generate(root: Path, answers: dict[str, str]) -> None:
    """By the script inside the service, so that domains generated later come out the same."""
    set_aside(root)
    scaffold(root).generate(root, answers["domains"])


def main() -> None:
    root = Path.cwd()
    answers = json.loads(r"""{{ cookiecutter | tojson }}""")
    script = scaffold(root)
    # Only cruft, and cookiecutter before 2.4, have not asked check_answers.py.
    script.refuse(script.domain_problems(answers["domains"], owned=answers["auth"] != "none"))
    lay_overlays(root, answers)
    if answers["auth"] == "none":
        scaffold(root, "scaffold.ownership").disown(root)
    prune(root, answers)
    generate(root, answers)
    remove(root / UNFINISHED)
    print(f"Your service is in {root.name}. Next: cd {root.name} && make check")


if __name__ == "__main__":
    main()
