"""The files of domains: what they would be, what stands in their way, and how they are written."""

import ast
import keyword
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, takewhile
from pathlib import Path

from .fields import Domain, in_order, owner_problems, read_domains, shared_names
from .names import singular_of
# % if cookiecutter.auth != "none"
from .ownership import CONFTEST, shared
# % endif
from .registry import REGISTRY, register
from .render import rename, render

# Where the files of the template domain lie: in the service at first, then below scripts/template_domain.
FOLDERS = ("app", "tests", "migrations")
KEPT = Path("scripts", "template_domain")
# What each domain was generated from.
RECORD = Path("scripts", "scaffold", "domains.txt")
VERSIONS = Path("migrations", "versions")
REVISION = re.compile(r"^revision\b[^=\n]*= (.+)$", re.MULTILINE)
DOWN_REVISION = re.compile(r"^(down_revision\b[^=\n]*= )(.+)$", re.MULTILINE)
QUOTED = re.compile(r"""["']([^"']+)["']""")
MAKER = re.compile(r"^def make_(\w+)\(", re.MULTILINE)
# The words of code; texts and comments have none, and what comes after a dot takes no name.
CODE = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|#.*|\.\w+|(\w+)')
# What the OpenAPI document names: functions below a decorator such as `@router.get("")`, and schemas.
OPERATION = re.compile(r"^ *@\w+\.\w+\([^@]*?\bdef (\w+)", re.MULTILINE)
SCHEMA = re.compile(r"^class (\w+)", re.MULTILINE)


# The template domain


def template_files(base: Path) -> list[Path]:
    """The files below `base` with the template domain's name in their path, relative to it."""
    paths = [path for folder in FOLDERS for path in (base / folder).rglob("*") if path.is_file()]
    names = sorted(path.relative_to(base) for path in paths)
    leftovers = [name for name in names if any(part.startswith((".", "__pycache__")) for part in name.parts)]
    return [name for name in names if "widget" in name.as_posix() and name not in leftovers]


def read_template(root: Path) -> dict[Path, str]:
    base = root / KEPT if (root / KEPT).is_dir() else root
    return {name: (base / name).read_text(encoding="utf-8") for name in template_files(base)}


def template_of(root: Path, domain: Domain) -> dict[Path, str]:
    """The template domain, as far as it is one of rows that belong to everybody when this domain is."""
    files = read_template(root)
    # % if cookiecutter.auth != "none"
    if domain.shared and is_owned(files):
        return {name: shared(text) for name, text in files.items()} | {CONFTEST.path: CONFTEST.text}
    # % endif
    return files


def is_owned(files: Mapping[Path, str]) -> bool:
    """Whether rows have owners."""
    return any("OwnedEntity" in text for text in files.values())


def known_domains(root: Path) -> dict[str, str]:
    """The singular of each domain that the service has: as its factory has it, which other tests call."""
    folders = [path for path in (root / REGISTRY).parent.glob("[a-z]*/") if (path / "__init__.py").exists()]
    singulars = {}
    for plural in sorted(folder.name for folder in folders):
        factory = root / "tests" / "domains" / plural / "factory.py"
        found = MAKER.search(factory.read_text(encoding="utf-8")) if factory.exists() else None
        singulars[plural] = found[1] if found else singular_of(plural)
    return singulars


def singulars_for(root: Path, domains: list[Domain]) -> dict[str, str]:
    return known_domains(root) | {domain.plural: domain.singular for domain in domains}


def files_of(root: Path, domain: Domain, singulars: Mapping[str, str]) -> dict[Path, str]:
    """The files of a domain, and what is in them."""
    return {
        root / rename(name.as_posix(), domain): render(text, domain, singulars)
        for name, text in template_of(root, domain).items()
    }


def recorded(root: Path) -> list[Domain]:
    path = root / RECORD
    return read_domains(",".join(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []


def shared_domains(root: Path) -> set[str]:
    """Those that were generated so, and those by hand whose rows have no owners."""
    generated, shared = {domain.plural for domain in recorded(root)}, shared_names(recorded(root))
    for plural in {*known_domains(root)} - generated:
        models = root / REGISTRY.parent / plural / "models.py"
        if not (models.exists() and "OwnedEntity" in models.read_text(encoding="utf-8")):
            shared.add(plural)
    return shared


def record(domains: list[Domain]) -> str:
    return "".join(f"{domain.text}\n" for domain in sorted(domains, key=lambda each: each.plural))


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


def numbered(path: Path) -> Iterator[Path]:
    """Its name, and what a second one and later ones would be called: 32 characters at most."""
    yield path
    yield from (path.with_name(f"{path.stem[:29]}_{number}.py") for number in count(2))


def free(path: Path) -> Path:
    return next(each for each in numbered(path) if not each.exists())


def newest_of(path: Path) -> Path:
    """The last one that exists, or the first when none does."""
    return [path, *takewhile(Path.exists, numbered(path))][-1]


def rename_revision(text: str, path: Path) -> str:
    return REVISION.sub(f'revision = "{path.stem}"', text)


# Names that are taken


def repeated_name(text: str, domain: Domain) -> str:
    """What a name becomes that the module has already, or that only Python may use; else nothing."""
    words = {*CODE.findall(text)}
    for word in sorted(words):
        name = rename(word, domain)
        if name != word and (name in words or keyword.iskeyword(name)):
            return name
    return ""


def repeated_definition(code: ast.Module) -> str:
    """A class or a type that has the name of another one, as the type of a field may have; else nothing."""
    names = [each.name for each in code.body if isinstance(each, ast.ClassDef)]
    names += [alias.name for each in code.body if isinstance(each, ast.ImportFrom) for alias in each.names]
    names += [
        target.id
        for each in code.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    ]
    return next((name for name, times in Counter(names).items() if times > 1), "")


def shadowing_field(code: ast.Module) -> str:
    """A field by whose name the annotations of its class mean something else; else nothing."""
    for each in [each for each in code.body if isinstance(each, ast.ClassDef)]:
        lines = [line for line in each.body if isinstance(line, ast.AnnAssign)]
        fields = {line.target.id for line in lines if isinstance(line.target, ast.Name)}
        names = [name for name in ast.walk(each) if isinstance(name, ast.Name)]
        used = {name.id for name in names if isinstance(name.ctx, ast.Load)}
        if fields & used:
            return min(fields & used)
    return ""


def documented_names(files: Mapping[Path, str]) -> set[str]:
    """The names that these modules bring to the OpenAPI document."""
    schemas = [text for path, text in files.items() if path.name == "schemas.py"]
    return {*OPERATION.findall("\n".join(files.values())), *SCHEMA.findall("\n".join(schemas))}


def collisions(root: Path, domain: Domain, singulars: Mapping[str, str], taken: set[str]) -> Iterator[str]:
    """The names of a domain that are taken, and where."""
    own = [replace(each, type="widgets") if each.type == domain.plural else each for each in domain.fields]
    plain = replace(domain, singular="widget", plural="widgets", fields=tuple(own))
    for path, text in template_of(root, domain).items():
        code = ast.parse(render(text, domain, singulars)) if path.suffix == ".py" else ast.Module([], [])
        found = repeated_name(render(text, plain, {**singulars, "widgets": "widget"}), domain)
        if name := found or repeated_definition(code) or shadowing_field(code):
            yield f"the name '{name}' is taken in {rename(path.as_posix(), domain)}"
    for name in sorted(documented_names(files_of(root, domain, singulars)) & taken):
        yield f"the name '{name}' is taken in the OpenAPI document"


def remedy(root: Path, domain: Domain, singulars: Mapping[str, str], taken: set[str], problem: str) -> str:
    """Another name for the field without which there is no such problem, or else for the domain."""
    for field in domain.fields:
        others = replace(domain, fields=tuple(each for each in domain.fields if each is not field))
        if problem not in collisions(root, others, singulars, taken):
            return f"call the field 'own_{field.name}'"
    return f"call it 'shop_{domain.plural}'"


def collision_problems(root: Path, domains: list[Domain]) -> list[str]:
    """One problem of each domain that would take a name that is taken, and the remedy."""
    singulars = singulars_for(root, domains)
    files = {domain: files_of(root, domain, singulars) for domain in domains}
    paths = {*(root / "app").rglob("*.py")} - {path for each in files.values() for path in each}
    taken, problems = documented_names({path: path.read_text(encoding="utf-8") for path in paths}), []
    for domain in domains:
        # Some names are those of every domain.
        others = taken - documented_names(read_template(root))
        for problem in [*collisions(root, domain, singulars, others)][:1]:
            better = remedy(root, domain, singulars, others, problem)
            problems.append(f"domains: '{domain.plural}': {problem}; {better}")
        taken |= documented_names(files[domain])
    return problems


# Generation


def write_all(files: Mapping[Path, str]) -> None:
    """Write every file or none."""
    before = {path: path.read_bytes() for path in files if path.exists()}
    new = {each for path in files for each in (path, *path.parents) if not each.exists()}
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    except BaseException:
        for path, content in before.items():
            path.write_bytes(content)
        for path in filter(Path.exists, sorted(new, reverse=True)):
            remove = path.rmdir if path.is_dir() else path.unlink
            remove()
        raise


def refuse(problems: list[str]) -> None:
    if problems:
        sys.exit("\n  - ".join(["No domain was generated:", *problems]))


def obstacles(root: Path, text: str) -> list[str]:
    """What stands in the way of these domains in a service that has some already."""
    domains = read_domains(text, shared_domains(root))
    if not domains:
        return ['name the domain to generate, such as: make domain name="orders(total:decimal)"']
    if not read_template(root):
        return [f"there is no template domain in {KEPT.as_posix()}; restore it from git"]
    if problems := [*owner_problems(domains, is_owned(read_template(root)))]:
        return problems
    known, singulars = known_domains(root), singulars_for(root, domains)
    there = [domain.plural for domain in domains if domain.plural in known]
    if there:
        generated = {domain.plural for domain in recorded(root)}
        remedy = "with other fields; make field adds a field to it, make undo-domain removes it"
        by_hand = "by hand; choose another name"
        return [f"{name} is there {remedy if name in generated else by_hand}" for name in there]
    paths = [path for domain in domains for path in files_of(root, domain, singulars) if path.exists()]
    names = [path.relative_to(root).as_posix() for path in paths if path.parent != root / VERSIONS]
    return [f"{name} exists already" for name in names]


def new_files(root: Path, domains: list[Domain]) -> dict[Path, str]:
    """Every file of these domains that is not there, their migrations in order; the registry comes last."""
    known, singulars = known_domains(root), singulars_for(root, domains)
    files = dict[Path, str]()
    for domain in in_order(domains):
        for path, text in files_of(root, domain, singulars).items():
            if path.parent == root / VERSIONS and domain.plural not in known:
                # Of an earlier domain with this name, the migrations may still be there.
                new = free(path)
                files[new] = rename_revision(text, new)
            elif not path.exists():
                files[path] = text
    chain(root, files)
    registry = root / REGISTRY
    files[registry] = register(registry.read_text(encoding="utf-8"), {domain.plural for domain in domains})
    domains_of = {domain.plural: domain for domain in [*domains, *recorded(root)]}
    files[root / RECORD] = record([*domains_of.values()])
    return files


def generate(root: Path, text: str, dry_run: bool = False) -> list[Path]:
    """Write the domains of the text, and list them in the registry; the paths of what is written."""
    domains = read_domains(text, shared_domains(root))
    refuse(collision_problems(root, domains))
    files = new_files(root, domains)
    if not dry_run:
        write_all(files)
    return [path.relative_to(root) for path in files]
