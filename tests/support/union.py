"""A whole service, put together from its factors, without cookiecutter."""

from collections.abc import Mapping
from pathlib import Path

from .factors import file
from .hooks import POST_GEN, SCAFFOLD
from .jinja import VALUES
from .paths import Files, files
from .places import paths


def completed(answers: Mapping[str, str]) -> dict[str, str]:
    """With the default of every question that was not answered."""
    return {question: values[0] for question, values in VALUES.items()} | {**answers}


def assembled(answers: Mapping[str, str]) -> Files:
    """The files of a service before its domains are generated."""
    given = completed(answers)
    found = {path: file(path).render(given) for path in paths()}
    return {path: content for path, content in found.items() if content is not None}


def write(made: Mapping[str, bytes], folder: Path) -> Path:
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def is_of_domains(path: str) -> bool:
    """Whether the script for domains reads or writes it."""
    folders = ("app/domains/", "migrations/versions/", "scripts/domain", "scripts/scaffold/")
    return "widget" in path or "gadget" in path or path.startswith(folders)


def generate(answers: Mapping[str, str], folder: Path) -> None:
    """As the hook does once it has pruned what no answer owns."""
    given = completed(answers)
    if given["auth"] == "none":
        SCAFFOLD.ownership.disown(folder)
    POST_GEN.generate(folder, given)


def generated(answers: Mapping[str, str], folder: Path) -> Files:
    """What the script makes of the template domain, with nothing but the files that it reads."""
    read = {path: content for path, content in assembled(answers).items() if is_of_domains(path)}
    write(read, folder)
    generate(answers, folder)
    return files(folder)


def union(answers: Mapping[str, str], folder: Path) -> Files:
    """The files of a service: its factors, and what the script in them generates from the template domain."""
    write(assembled(answers), folder)
    generate(answers, folder)
    return files(folder)
