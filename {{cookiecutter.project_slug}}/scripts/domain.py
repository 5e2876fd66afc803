"""Generates domains from the template domain: `python scripts/domain.py invoices`, or `person:people`."""

import builtins
import keyword
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Where the files of the template domain lie: in the service at first, then below scripts/template_domain.
FOLDERS = ("app", "tests", "migrations")
KEPT = Path("scripts", "template_domain")

# The two statements of the registry that are written again.
REGISTRY = Path("app", "domains", "__init__.py")
WORD = re.compile(r"\w+")
IMPORT = re.compile(r"^from \. import (\((?:\n    \w+,)+\n\)|\w+(?:, \w+)*)\n", re.MULTILINE)
DOMAINS = re.compile(r"^(DOMAINS\b.* = )\[((?:\n    \w+,)+\n|\w+(?:, \w+)*|)\]\n", re.MULTILINE)
LINE_LENGTH = 110
REVISION = re.compile(r"^revision\b[^=\n]*= (.+)$", re.MULTILINE)
DOWN_REVISION = re.compile(r"^(down_revision\b[^=\n]*= )(.+)$", re.MULTILINE)
QUOTED = re.compile(r"""["']([^"']+)["']""")
VERSIONS = Path("migrations", "versions")

# The words of code; texts and comments have none.
CODE = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|#.*|(\w+)')
# What the OpenAPI document names: functions below a decorator such as `@router.get("")`, and schemas.
OPERATION = re.compile(r"^ *@\w+\.\w+\([^@]*?\bdef (\w+)", re.MULTILINE)
SCHEMA = re.compile(r"^class (\w+)", re.MULTILINE)

# Alembic has 32 characters for a revision, such as `create_order_lines`.
NAME = "(?!.{26})[a-z][a-z0-9]*(_[a-z0-9]+)*"
# How plurals end, and what stays of them: the first row that fits. The words of the first are no plurals.
ENDINGS = (
    ("(ss|tus|sis|news|series|species)$", r"\1"),
    ("(shoe|ouse|ause|movie|cookie|cache)s$|(quiz)zes$|(alias|ss|x|ch|sh|zz|us|o)es$", r"\1\2\3"),
    ("yses$", "ysis"),
    ("ies$", "y"),
    ("s?$", ""),
)
IRREGULAR = """child:children datum:data equipment_item:equipment feedback_item:feedback health_check:health
medium:media metadata_item:metadata news_item:news person:people staff_member:staff"""
# Names that are taken, and by what. `widget` stands for the domain in the template domain.
TAKEN = {
    "|".join([*keyword.kwlist, *(name for name in dir(builtins) if not name.islower())]): "Python",
    "(sqlite|pg|alembic|procrastinate)_.*|background_tasks": "tables of other parts",
    "build|dist|node_modules|venv": "test runners and linters, which skip a folder of this name",
    "con|prn|aux|nul|com[0-9]|lpt[0-9]": "Windows",
    "(?i).*widget.*": "the template domain",
    "Entity|Request|Response|Repository|list": "the modules of every domain",
}


def singular_of(plural: str) -> str:
    """By its ending. No table knows all of English, so `singular:plural` gives both."""
    return next(re.sub(ending, rest, plural) for ending, rest in ENDINGS if re.search(ending, plural))


def read_domains(text: str) -> list[tuple[str, str]]:
    """The (singular, plural) of each name in a text such as "users, person:people"; "none" has none."""
    pairs = []
    words = re.sub("([a-z0-9])([A-Z])", r"\1_\2", text).replace("-", "_").lower()
    for name in words.split(",") if words.strip() not in ("", "none") else ():
        first, colon, second = (part.strip() for part in name.partition(":"))
        pairs.append((first, second) if colon else (singular_of(first), first))
    return sorted(pairs, key=lambda pair: pair[1])


def name_problem(singular: str, plural: str) -> str:
    """What is wrong with the name of a domain, and the remedy; empty when it is good."""
    for word in (plural, singular):
        if not re.fullmatch(NAME, word):
            plain = re.sub("[ _]+", "_", word).strip("_")
            example = plain if re.fullmatch(NAME, plain) else "order_lines"
            comma = ", or put commas between domains" if " " in word else ""
            rule = "use lower-case words joined by underscores, at most 25 characters"
            return f"{rule}, such as '{example}'{comma}"
    if singular == plural:
        known = re.findall(rf"\S+:{plural}\b", IRREGULAR) or ["orders' or 'person:people"]
        return f"this is no regular plural; write '{known[0]}'"
    for name in (plural, "".join(map(str.capitalize, singular.split("_")))):
        for owner in (owner for pattern, owner in TAKEN.items() if re.fullmatch(pattern, name)):
            other = f"shop_{plural}".replace("widget", "gadget")
            return f"the name '{name}' is taken by {owner}; call it '{other}'"
    return ""


def domain_problems(text: str) -> list[str]:
    """Every problem with an answer to "which domains?"."""
    pairs = read_domains(text)
    if not text.strip():
        return ["domains: name at least one, such as 'users, orders', or write 'none'"]
    words = [word.replace("_", "") for pair in pairs for word in {*pair}]
    found = [(plural, name_problem(singular, plural)) for singular, plural in pairs]
    for pair in pairs:
        if any(words.count(word.replace("_", "")) > 1 for word in pair):
            found.append((pair[1], "shares a name with another domain; name each thing once"))
    return list(dict.fromkeys(f"domains: {name!a}: {problem}" for name, problem in found if problem))


# The template domain


def rename(text: str, singular: str, plural: str) -> str:
    """Put the name of a domain in place of the template domain's, in each of its four spellings."""
    words = {"widget": singular, "widgets": plural}
    words |= {key.title(): "".join(map(str.capitalize, word.split("_"))) for key, word in words.items()}
    return re.sub("[Ww]idgets?", lambda match: words[match[0]], text)


def template_files(base: Path) -> list[Path]:
    """The files below `base` with the template domain's name in their path, relative to it."""
    paths = [path for folder in FOLDERS for path in (base / folder).rglob("*") if path.is_file()]
    names = sorted(path.relative_to(base) for path in paths)
    leftovers = [name for name in names if any(part.startswith((".", "__pycache__")) for part in name.parts)]
    return [name for name in names if "widget" in name.as_posix() and name not in leftovers]


def read_template(root: Path) -> dict[Path, str]:
    base = root / KEPT if (root / KEPT).is_dir() else root
    return {name: (base / name).read_text(encoding="utf-8") for name in template_files(base)}


def renamed_files(root: Path, singular: str, plural: str) -> dict[Path, str]:
    """The files of a domain, and what is in them."""
    return {
        root / rename(name.as_posix(), singular, plural): rename(text, singular, plural)
        for name, text in read_template(root).items()
    }


# Migrations


def last_revision(root: Path) -> str:
    """The migration that no other one follows, as it is written; None where there is none."""
    paths = sorted((root / VERSIONS).glob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    followed = QUOTED.findall(" ".join(down for text in texts for _, down in DOWN_REVISION.findall(text)))
    revisions = [name for text in texts for name in REVISION.findall(text)]
    return next((name for name in revisions if name[1:-1] not in followed), "None")


def chain(root: Path, files: dict[Path, str]) -> None:
    """Let each new migration follow the one before it."""
    last = last_revision(root)
    for path in [path for path in files if path.parent == root / VERSIONS]:
        files[path] = DOWN_REVISION.sub(rf"\g<1>{last}", files[path])
        last = (REVISION.findall(files[path]) or [last])[0]


# Names that are taken


def repeated_name(text: str, singular: str, plural: str) -> str:
    """What a name becomes that the module has already, or that only Python may use; else nothing."""
    words = {*CODE.findall(text)}
    for word in sorted(words):
        name = rename(word, singular, plural)
        if name != word and (name in words or keyword.iskeyword(name)):
            return name
    return ""


def documented_names(files: dict[Path, str]) -> set[str]:
    """The names that these modules bring to the OpenAPI document."""
    schemas = [text for path, text in files.items() if path.name == "schemas.py"]
    return {*OPERATION.findall("\n".join(files.values())), *SCHEMA.findall("\n".join(schemas))}


def collisions(root: Path, singular: str, plural: str, taken: set[str]) -> Iterator[str]:
    """The names of a domain that are taken, and where."""
    for path, text in read_template(root).items():
        if name := repeated_name(text, singular, plural):
            yield f"the name '{name}' is taken in {rename(path.as_posix(), singular, plural)}"
    for name in sorted(documented_names(renamed_files(root, singular, plural)) & taken):
        yield f"the name '{name}' is taken in the OpenAPI document"


def collision_problems(root: Path, pairs: list[tuple[str, str]]) -> list[str]:
    """One problem of each domain that would take a name that is taken, and the remedy."""
    domains = {pair: renamed_files(root, *pair) for pair in pairs}
    paths = {*(root / "app").rglob("*.py")} - {path for files in domains.values() for path in files}
    taken, problems = documented_names({path: path.read_text(encoding="utf-8") for path in paths}), []
    for pair, files in domains.items():
        # Some names are those of every domain.
        found = [*collisions(root, *pair, taken - documented_names(read_template(root)))]
        problems += [f"domains: '{pair[1]}': {problem}; call it 'shop_{pair[1]}'" for problem in found[:1]]
        taken |= documented_names(files)
    return problems


# The registry


def natural(name: str) -> list[Any]:
    """The order in which ruff sorts imports: numbers in names by value, those that begin with 0 first."""
    parts: list[Any] = re.split(r"(\d+)", name)
    parts[1::2] = [(0 if part[0] == "0" else len(part), part) for part in parts[1::2]]
    return parts


def wrapped(line: str, start: str, names: list[str], end: str) -> str:
    """The line when it is short enough, else one name a line, as ruff writes it."""
    lines = [line] if len(line) <= LINE_LENGTH else [start, *(f"    {name}," for name in names), end]
    return "\n".join(lines) + "\n"


def register(text: str, new: set[str]) -> str:
    """The registry with its new domains; every line but the import and the list stays as it is."""
    imports, table = IMPORT.search(text), DOMAINS.search(text)
    if not table or (table[2].strip() and not imports):
        sys.exit(f"{REGISTRY.as_posix()}: write its import and DOMAINS plainly, with no comment in them")
    before = WORD.findall(table[2])
    served = before + sorted(new - {*before}, key=natural)
    if before == sorted(before, key=natural):  # else the team has an order of its own
        served.sort(key=natural)
    known = sorted({*WORD.findall(imports[1] if imports else "")} | new, key=natural)
    block = wrapped(f"from . import {', '.join(known)}", "from . import (", known, ")")
    listed = wrapped(f"{table[1]}[{', '.join(served)}]", f"{table[1]}[", served, "]")
    if imports:
        return text.replace(imports[0], block).replace(table[0], listed)
    return text.replace(table[0], f"{block}\n{listed}") if known else text


def write_all(files: dict[Path, str]) -> None:
    """Write every file or none; the last one may be there already."""
    new = {each for path in files for each in (path, *path.parents) if not each.exists()}
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    except BaseException:
        for path in filter(Path.exists, sorted(new, reverse=True)):
            remove = path.rmdir if path.is_dir() else path.unlink
            remove()
        raise


# Generation


def refuse(problems: list[str]) -> None:
    if problems:
        sys.exit("\n  - ".join(["No domain was generated:", *problems]))


def generate(root: Path, text: str) -> list[Path]:
    """Write the domains named in the text, and list them in the registry; the paths of what was written."""
    pairs = read_domains(text)
    refuse(collision_problems(root, pairs))
    generated = {path: text for pair in pairs for path, text in renamed_files(root, *pair).items()}
    files = {path: text for path, text in generated.items() if not path.exists()}
    chain(root, files)
    registry = root / REGISTRY
    files[registry] = register(registry.read_text(encoding="utf-8"), {plural for _, plural in pairs})
    write_all(files)
    return [path.relative_to(root) for path in files]


def obstacles(root: Path, text: str) -> list[str]:
    """What stands in the way of these domains in a service that has some already."""
    pairs = read_domains(text)
    if not pairs:
        return ["name the domain to generate, such as: make domain name=invoices"]
    if not read_template(root):
        return [f"there is no template domain in {KEPT.as_posix()}; restore it from git"]
    paths = [path for pair in pairs for path in renamed_files(root, *pair) if path.exists()]
    return [f"{path.relative_to(root).as_posix()} exists already" for path in paths]


def main(root: Path, text: str) -> None:
    refuse(domain_problems(text or "none") or obstacles(root, text))
    written = generate(root, text)
    folders = sorted({path.parent.as_posix() for path in written})
    print(f"Wrote {len(written)} files in {', '.join(folders)}.")
    print("Next: give models.py and schemas.py the fields they need, then run: make check")


if __name__ == "__main__":
    main(Path(__file__).resolve().parent.parent, " ".join(sys.argv[1:]))
