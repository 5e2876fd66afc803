"""Stamps new domains from the exemplar: `python scripts/domain.py invoices`, or `person:people`."""

import keyword
import re
import sys
from pathlib import Path
from typing import Any

# Where the exemplar's files lie: in the service at first, then below scripts/exemplar.
FOLDERS = ("app", "tests", "migrations")
KEPT = Path("scripts", "exemplar")

# The two statements of the registry that are written anew.
REGISTRY = Path("app", "domains", "__init__.py")
WORD = re.compile(r"\w+")
IMPORT = re.compile(r"^from \. import (\((?:\n    \w+,)+\n\)|\w+(?:, \w+)*)\n", re.MULTILINE)
DOMAINS = re.compile(r"^(DOMAINS\b.* = )\[((?:\n    \w+,)+\n|\w+(?:, \w+)*|)\]\n", re.MULTILINE)
LINE_LENGTH = 110
DOWN_REVISION = re.compile(r"^down_revision = .+$", re.MULTILINE)
REVISION = re.compile(r"^(down_)?revision\b[^=\n]*= (.+)$", re.MULTILINE)

# How plurals end, and their singulars: the first row that fits. No table knows all of English, so
# `singular:plural` gives both. Rows that change nothing are the endings of words that are no plurals.
ENDINGS = (
    *((same, same) for same in ("ss", "tus", "sis", "news", "series", "species")),
    *(("quizzes", "quiz"), ("aliases", "alias"), ("shoes", "shoe"), ("ouses", "ouse"), ("auses", "ause")),
    *(("movies", "movie"), ("cookies", "cookie"), ("caches", "cache")),
    *((word + "es", word) for word in ("ss", "x", "ch", "sh", "zz", "us", "o")),
    *(("yses", "ysis"), ("ies", "y"), ("s", "")),
)

# Singulars that would hide, or be, another name in the exemplar's code, and plurals that are parts or routes
# of the service, or mean something to Alembic. Without underscores.
SINGULARS = """
after annotated any apirouter app asynciterator asyncsession cast changes column columns conflicterror
create data database delete depends engine entity field get getrepository int key later limit listpage
mapped mappedcolumn mapping name notfounderror now opendatabase paging pagingdep query querydep
repository repositorydep request response router row rowid rows select self sequence service session
sessiondep setattr settings sorted status str task taskrecord tasks tasksdep update utc uuid value
"""
PLURALS = """
auth aux base calls clock con database databases docs domains engine errors factory head heads health
idempotency list login logs main metrics middleware migrations model models nul openapi pages paging
predict predictions prn probe probes processes queues redoc repositories requests responses routers
routing schemas scripts services sessions settings simulation simulations state states sync tasks
telemetry tests worker workers
"""


def singular(plural: str) -> str:
    for ending, replacement in ENDINGS:
        if plural.endswith(ending):
            return plural[: -len(ending)] + replacement
    return plural


def read_domains(text: str) -> list[tuple[str, str]]:
    """The (singular, plural) of each name in a text such as "users, person:people"; "none" has none."""
    pairs = []
    for name in text.split(",") if text.strip() not in ("", "none") else ():
        first, colon, second = (part.strip() for part in name.partition(":"))
        pairs.append((first, second) if colon else (singular(first), first))
    return sorted(pairs, key=lambda pair: pair[1])


def name_problem(one: str, many: str) -> str:
    """What is wrong with the name of a domain, and the remedy; empty when it is good."""
    if not all(re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", word) and len(word) <= 30 for word in (one, many)):
        return "use lower-case words joined by underscores, at most 30 characters, such as 'order_lines'"
    if one == many:
        return "this is no plural; give one, such as 'orders', or both forms, such as 'person:people'"
    taken = one.replace("_", "") in SINGULARS.split() or many.replace("_", "") in PLURALS.split()
    if taken or any(keyword.iskeyword(form) for word in (one, many) for form in (word, word.capitalize())):
        return f"'{one}' or '{many}' is taken by Python or by the service; use another, such as 'shop_{many}'"
    if "widget" in one + many:
        return "the word 'widget' belongs to the exemplar; use another"
    return ""


def domain_problems(text: str) -> list[str]:
    """Every problem with an answer to "which domains?"."""
    pairs = read_domains(text)
    if not pairs and text.strip() != "none":
        return ["domains: name at least one, such as 'users, orders', or write 'none'"]
    words = [word.replace("_", "") for pair in pairs for word in {*pair}]
    found = [(many, name_problem(one, many)) for one, many in pairs]
    for one, many in pairs:
        if any(words.count(word.replace("_", "")) > 1 for word in (one, many)):
            found.append((many, "shares a name with another domain; name each thing once"))
    return list(dict.fromkeys(f"domains: {name!a}: {problem}" for name, problem in found if problem))


def respell(text: str, one: str, many: str) -> str:
    """Put this domain's name in place of the exemplar's, in each of its four spellings."""
    words = {"widget": one, "widgets": many}
    words |= {key.title(): "".join(map(str.capitalize, word.split("_"))) for key, word in words.items()}
    return re.sub("[Ww]idgets?", lambda match: words[match[0]], text)


def exemplar_files(base: Path) -> list[Path]:
    """The files below `base` with the exemplar's name in their path, relative to it."""
    paths = [path for folder in FOLDERS for path in (base / folder).rglob("*") if path.is_file()]
    names = sorted(path.relative_to(base) for path in paths)
    litter = [name for name in names if any(part.startswith((".", "__pycache__")) for part in name.parts)]
    return [name for name in names if "widgets" in name.as_posix() and name not in litter]


def set_aside(root: Path) -> None:
    """Take the exemplar out of the service, where it is a domain too, and keep it for later."""
    names = exemplar_files(root)
    for name in names:
        (root / KEPT / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).replace(root / KEPT / name)
    for folder in sorted({folder for name in names for folder in name.parents}, reverse=True):
        if "widgets" in folder.as_posix() and not any((root / folder).iterdir()):
            (root / folder).rmdir()


def last_revision(root: Path) -> str:
    """The migration that no other one follows, as it is written; None where there is none."""
    texts = [path.read_text(encoding="utf-8") for path in (root / "migrations" / "versions").glob("*.py")]
    lines = [line for text in texts for line in REVISION.findall(text)]
    followed = {name for down, name in lines if down}
    return next((name for down, name in lines if not down and name not in followed), "None")


def stamped(root: Path, pairs: list[tuple[str, str]]) -> dict[Path, str]:
    """The files of these domains, and what they say."""
    base = root / KEPT if (root / KEPT).is_dir() else root
    sources = {name: (base / name).read_text(encoding="utf-8") for name in exemplar_files(base)}
    files = {
        root / respell(name.as_posix(), one, many): respell(text, one, many)
        for one, many in pairs
        for name, text in sources.items()
    }
    last = last_revision(root)
    for path in files:
        if path.parent == root / "migrations" / "versions":  # each migration follows the one before
            files[path] = DOWN_REVISION.sub(f"down_revision = {last}", files[path])
            last = f'"{path.stem}"'
    return files


def natural(name: str) -> list[Any]:
    """The order in which ruff sorts imports: numbers in names by value, those that begin with 0 first."""
    parts: list[Any] = re.split(r"(\d+)", name)
    parts[1::2] = [(0 if part[0] == "0" else len(part), part) for part in parts[1::2]]
    return parts


def wrapped(line: str, start: str, names: list[str], end: str) -> str:
    """The line when it is short enough, else one name a line, as ruff writes it."""
    lines = [line] if len(line) <= LINE_LENGTH else [start, *(f"    {name}," for name in names), end]
    return "\n".join(lines) + "\n"


def register(text: str, new: set[str], gone: set[str]) -> str:
    """The registry with its new domains; every line but the import and the list stays as it is."""
    imports, table = IMPORT.search(text), DOMAINS.search(text)
    if not table or (table[2].strip() and not imports):
        sys.exit(f"{REGISTRY.as_posix()}: write its import and DOMAINS plainly, with no comment in them")
    before = [name for name in WORD.findall(table[2]) if name not in gone]
    served = before + sorted(new - {*before}, key=natural)
    if before == sorted(before, key=natural):  # else the team has an order of its own
        served.sort(key=natural)
    known = sorted({*WORD.findall(imports[1] if imports else "")} - gone | new, key=natural)
    block = wrapped(f"from . import {', '.join(known)}", "from . import (", known, ")") if known else ""
    listed = wrapped(f"{table[1]}[{', '.join(served)}]", f"{table[1]}[", served, "]")
    if imports:
        head, middle = text[: imports.start()], text[imports.end() : table.start()]
        middle = middle if known else middle.removeprefix("\n")
    else:
        head, middle = text[: table.start()], "\n" if known else ""
    return head + block + middle + listed + text[table.end() :]


def write_all(files: dict[Path, str]) -> None:
    """Write every file or none: drafts at first, for they may fail; then each takes its place."""
    drafts = {path: path.with_name(path.name + ".draft") for path in files}
    new = {folder for path in files for folder in path.parents if not folder.exists()}
    try:
        for path, draft in drafts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(files[path].encode())
    except BaseException:
        for draft in filter(Path.exists, drafts.values()):
            draft.unlink()
        for folder in filter(Path.is_dir, sorted(new, reverse=True)):
            folder.rmdir()
        raise
    for path, draft in drafts.items():
        draft.replace(path)


def stamp(root: Path, text: str) -> list[Path]:
    """Write the domains named in the text, and list them in the registry; the paths of what was written."""
    pairs = read_domains(text)
    files = {path: content for path, content in stamped(root, pairs).items() if not path.exists()}
    registry = root / REGISTRY
    gone = {"widgets"} if (root / KEPT).is_dir() else set()
    files[registry] = register(registry.read_text(encoding="utf-8"), {many for _, many in pairs}, gone)
    write_all(files)
    return [path.relative_to(root) for path in files]


def obstacles(root: Path, text: str) -> list[str]:
    """What stands in the way of making these domains in a living service."""
    if not read_domains(text):
        return ["name the domain to make, such as: make domain name=invoices"]
    files = stamped(root, read_domains(text))
    if not files:
        return [f"there is no exemplar in {KEPT.as_posix()} or app/domains/widgets; take it back from git"]
    return [f"{path.relative_to(root).as_posix()} exists already" for path in files if path.exists()]


def main(root: Path, text: str) -> None:
    problems = domain_problems(text or "none") or obstacles(root, text)
    if problems:
        sys.exit("\n".join(["No domain was made:", *problems]))
    written = stamp(root, text)
    folders = sorted({path.parent.as_posix() for path in written})
    print(f"Wrote {len(written)} files in {', '.join(folders)}.")
    print("Next: give models.py and schemas.py the fields they need, then run: make check")


if __name__ == "__main__":
    main(Path(__file__).resolve().parent.parent, " ".join(sys.argv[1:]))
