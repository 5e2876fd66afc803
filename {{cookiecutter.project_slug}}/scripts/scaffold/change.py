"""What happens to a domain later: it gets a field, a field gets a value, or the domain goes again."""

import difflib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError
from pathlib import Path

from .fields import Domain, Field, field_problem, in_order, owner_problem, parts, read_field, refer
# % if cookiecutter.auth != "none"
from .ownership import plain
# % endif
from .registry import REGISTRY, register
from .render import render
from .write import (
    DOWN_REVISION,
    RECORD,
    REVISION,
    VERSIONS,
    collision_problems,
    files_of,
    free,
    is_owned,
    known_domains,
    last_revision,
    newest_of,
    read_template,
    record,
    recorded,
    refuse,
    rename_revision,
    shared_domains,
    singulars_for,
    write_all,
)

LATER = Path("scripts", "scaffold", "later")
REFUSAL = """Nothing was written: in {}, lines around the new ones were changed.
Write these by hand, let the line in scripts/scaffold/domains.txt be `{}`, and, where there are migrations,
run `make migration`:

"""
FUNCTIONS = re.compile(r"(.*?)(def upgrade.*?\n)\n\n(def downgrade.*)", re.DOTALL)


def find(root: Path, plural: str) -> Domain:
    """The domain as it was generated."""
    domains = {domain.plural: domain for domain in recorded(root)}
    if not plural:
        sys.exit("say which domain: make field domain=orders field=..., or make undo-domain name=orders")
    if plural not in domains:
        sys.exit(f"{plural!r} was not generated here; these were: {', '.join(domains) or 'none'}")
    return domains[plural]


def follow(root: Path, path: Path, text: str) -> dict[Path, str]:
    """A migration that comes after the last one."""
    path = free(path)
    text = rename_revision(text, path)
    return {path: DOWN_REVISION.sub(rf"\g<1>{last_revision(root)}", text)}


# A field


def add_field(root: Path, plural: str, text: str) -> list[Path]:
    """Write a new field, or the new values of one that is there, into every file of the domain."""
    if not text.strip():
        sys.exit("say which field: make field domain=orders field='paid_at:datetime?'")
    if len(parts(text)) > 1:
        sys.exit(f"{text!r}: give one field at a time")
    domain, field = find(root, plural), refer(read_field(text), shared_domains(root))
    if field in domain.fields:
        return []
    problem = field_problem(field, domain, {*known_domains(root)})
    if problem := problem or owner_problem(field, domain, is_owned(read_template(root))):
        sys.exit(f"field {field.text!r}: {problem}")
    old = next((each for each in domain.fields if each.column == field.column), None)
    if old:
        check_values(old, field)
        fields = tuple(field if each == old else each for each in domain.fields)
        name, template = f"allow_{'_'.join(field.values[len(old.values) :])}", "change_widgets.py"
    else:
        check_new(root, domain, field)
        fields = (*domain.fields, field)
        name, template = f"add_{field.column}", "add_to_widgets.py"
    # What two references alone have by themselves, they keep beside other fields.
    word = " ".join([*["unique"] * domain.together, *["shared"] * domain.shared])
    changed = replace(domain, fields=fields, word=word, text="").written()
    refuse(collision_problems(root, [changed]))
    files = merged_files(root, domain, changed)
    if (root / VERSIONS).exists():
        alone = replace(domain, fields=(field,), word="")
        later = (root / LATER / template).read_text(encoding="utf-8")
        # % if cookiecutter.auth != "none"
        later = plain(later) if domain.shared else later
        # % endif
        # As long as Alembic lets a revision be.
        name = re.sub(r"\W", "_", f"{name}_{plural}".lower())[:32].rstrip("_")
        path = root / VERSIONS / f"{name}.py"
        files |= follow(root, path, render(later, alone, singulars_for(root, [alone])))
    files[root / RECORD] = record([*(each for each in recorded(root) if each != domain), changed])
    write_all(files)
    return [path.relative_to(root) for path in files]


def check_new(root: Path, domain: Domain, field: Field) -> None:
    if problem := new_field_problem(root, domain, field):
        sys.exit(f"field {field.text!r}: {problem}")


def new_field_problem(root: Path, domain: Domain, field: Field) -> str:
    if not field.optional:
        return "rows that are there have no value for it; write a ? after its type"
    model = root / REGISTRY.parent / domain.plural / "models.py"
    text = model.read_text(encoding="utf-8") if model.exists() else ""
    if re.search(rf"^    {field.column}:", text, re.MULTILINE):
        return f"it is in {model.relative_to(root).as_posix()} by hand; go on so, or take it out there first"
    if field.kind == "reference" and domain.together:
        return "no two rows refer to the same, and this would be one more to compare; add it by hand"
    if field.kind == "reference" and closes_circle(root, domain, field):
        return (
            f"{field.type} refers to {domain.plural}: each would need the other in its tests; add it by hand"
        )
    return ""


def closes_circle(root: Path, domain: Domain, field: Field) -> bool:
    others = [each for each in recorded(root) if each.plural != domain.plural]
    try:
        in_order([*others, replace(domain, fields=(*domain.fields, field))])
    except CycleError:
        return True
    return False


def check_values(old: Field, new: Field) -> None:
    same = replace(old, type="", text="") == replace(new, type="", text="")
    count = len(old.values)
    if not same or new.kind != "enum" or new.values[:count] != old.values or len(new.values) == count:
        sys.exit(f"field {new.text!r}: there is {old.text!r}; all that it can get is more values at its end")


def merged_files(root: Path, before: Domain, after: Domain) -> dict[Path, str]:
    """The files, with what differs between the domains. Nothing is written when one has no place for it."""
    singulars = singulars_for(root, [after])
    old, new = files_of(root, before, singulars), files_of(root, after, singulars)
    changed = [path for path in old if old[path] != new[path] and path.parent != root / VERSIONS]
    files, unplaced = dict[Path, str](), list[str]()
    for path in changed:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        merged = new[path] if text == old[path] else merge(text, old[path], new[path])
        if merged is None:
            unplaced.append(path.relative_to(root).as_posix())
        else:
            files[path] = merged
    if unplaced:
        differences = [line for path in changed for line in difference(root, path, old[path], new[path])]
        sys.exit("".join([REFUSAL.format(", ".join(unplaced), after.text), *differences]))
    return files


def difference(root: Path, path: Path, old: str, new: str) -> Iterator[str]:
    name = path.relative_to(root).as_posix()
    return difflib.unified_diff(lines_of(old), lines_of(new), name, name, n=1)


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def merge(text: str, old: str, new: str) -> str | None:
    """The text with what is new; None when it is not clear where that belongs."""
    lines, before, after = map(lines_of, (text, old, new))
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, start, end, new_start, new_end in reversed(changes):
        if tag != "equal":
            place = place_of(lines, before, start, end)
            if place is None:
                return None
            lines[place : place + end - start] = after[new_start:new_end]
    return "".join(lines)


def place_of(lines: Sequence[str], before: Sequence[str], start: int, end: int) -> int | None:
    """Where the lines from start to end are, by those around them."""
    for above, below in ((3, 1), (3, 0), (2, 0), (1, 1), (0, 3), (0, 2), (1, 0), (0, 1)):
        first = max(start - above, 0)
        wanted = before[first : end + below]
        places = [at for at in range(len(lines)) if lines[at : at + len(wanted)] == wanted]
        if len(places) == 1:
            return places[0] + start - first
    return None


# A domain that goes


def undo(root: Path, plural: str, force: bool) -> tuple[list[Path], list[Path]]:
    """Remove what was generated and is still as it was; the paths that are gone, and the new migrations."""
    domain = find(root, plural)
    generated = files_of(root, domain, singulars_for(root, []))
    dropped = dict[Path, str]()
    for path in [path for path in generated if path.parent == root / VERSIONS]:
        # It has another name when there had been such a domain before.
        newest = newest_of(path)
        migrations = dropped if is_needed(root, newest) else generated
        migrations[newest] = rename_revision(generated.pop(path), newest)
    problems = [*users_of(root, domain), *([] if force else changed_files(root, generated))]
    if problems:
        sys.exit("\n  - ".join([f"{plural} stays:", *problems]))
    files = dict[Path, str]()
    for path, text in dropped.items():
        files |= drop(root, path.with_name(f"drop_{plural}.py"), text)
    dropping = [*files]
    files[root / REGISTRY] = register((root / REGISTRY).read_text(encoding="utf-8"), set(), {plural})
    files[root / RECORD] = record([each for each in recorded(root) if each != domain])
    write_all(files)
    gone = [path for path in generated if path.exists()]
    for path in gone:
        path.unlink()
    for folder in (root / "app" / "domains" / plural, root / "tests" / "domains" / plural):
        if not any(path.is_file() and path.suffix != ".pyc" for path in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)
    return [path.relative_to(root) for path in gone], [path.relative_to(root) for path in dropping]


def users_of(root: Path, domain: Domain) -> list[str]:
    """The models of other domains that refer to it."""
    models = (root / REGISTRY).parent.glob("*/models.py")
    others = [path for path in models if path.parent.name != domain.plural]
    wanted = re.compile(rf"""["']{domain.plural}(\.id)?["']""")
    found = [path for path in others if wanted.search(path.read_text(encoding="utf-8"))]
    return [f"{path.relative_to(root).as_posix()} refers to it" for path in sorted(found)]


def changed_files(root: Path, generated: dict[Path, str]) -> list[str]:
    """What is not as it was generated, and what was not generated at all."""
    folders = {path.parent for path in generated if path.parent != root / VERSIONS}
    there = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    own = {path for path in there - {*generated} if path.suffix != ".pyc"}
    for path in filter(Path.exists, generated):
        texts = generated[path], path.read_text(encoding="utf-8")
        own |= {path} if len({DOWN_REVISION.sub("", text) for text in texts}) == 2 else set()
    problem = "is not what would be generated now; force=1 removes it"
    return [f"{path.relative_to(root).as_posix()} {problem}" for path in sorted(own)]


def is_needed(root: Path, created: Path) -> bool:
    """Whether a migration has to stay: another one follows it, or the database may have it."""
    if not created.exists():
        return True
    name = REVISION.findall(created.read_text(encoding="utf-8"))[0]
    if last_revision(root) != name:
        return True
    command = [sys.executable, "-m", "alembic", "current"]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return found.returncode != 0 or name[1:-1] in found.stdout


def drop(root: Path, path: Path, creation: str) -> dict[Path, str]:
    """A migration that is the one that creates the table, the other way round."""
    text = creation.replace("Create the table", "Drop the table", 1)
    head, upgrade, downgrade = FUNCTIONS.fullmatch(text).groups()  # type: ignore[union-attr]
    turned = downgrade.replace("downgrade", "upgrade", 1), upgrade.replace("upgrade", "downgrade", 1)
    return follow(root, path, "\n\n".join([head + turned[0], turned[1]]))
