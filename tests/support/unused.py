"""What a service has and does not use, or uses and does not have."""

import ast
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import packages_distributions

from .known import UNIMPORTED
from .options import PROJECT

Service = Mapping[str, bytes]


@cache
def imported(content: bytes) -> frozenset[str]:
    """The packages that a module imports, its own left out."""
    found = set[str]()
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return frozenset(found)


def names_of(requirements: Iterable[object]) -> set[str]:
    """The bare names in a list of dependencies."""
    matches = [re.match("[A-Za-z0-9_-]+", line) for line in requirements if isinstance(line, str)]
    return {match[0].lower() for match in matches if match}


@cache
def providers() -> Mapping[str, list[str]]:
    """The packages that bring each module, here where all are installed."""
    return packages_distributions()


def used_packages(service: Service) -> set[str]:
    """The packages that the modules of a service import when it runs."""
    run = ("app", "migrations")
    modules = [text for name, text in service.items() if name.endswith(".py") and name.split("/")[0] in run]
    return {
        name.lower().replace("_", "-")
        for text in modules
        for module in imported(text)
        for name in providers().get(module, ())
    }


def declared(service: Service) -> set[str]:
    project = tomllib.loads(service["pyproject.toml"].decode())["project"]
    return names_of(project["dependencies"])


def idle_dependencies(service: Service) -> set[str]:
    """What is installed with a service, and that nothing in it asks for."""
    named = {name for name, (file, text) in UNIMPORTED.items() if text.encode() in service.get(file, b"")}
    return declared(service) - used_packages(service) - named


def lost_dependencies(service: Service) -> set[str]:
    """What it uses and only other services install: in an environment of its own it would not start."""
    direct = names_of(PROJECT["dependency-groups"]["service"])
    development = tomllib.loads(service["pyproject.toml"].decode())["dependency-groups"]["dev"]
    return used_packages(service) & direct - declared(service) - names_of(development)


def setting_names(service: Service) -> set[str]:
    """The settings of a service, as the environment has them."""
    tree = ast.parse(service["app/settings.py"])
    fields = [node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)]
    return {node.target.id.upper() for node in fields if isinstance(node.target, ast.Name)}


def idle_settings(service: Service) -> set[str]:
    """Settings that nothing in the service reads."""
    code = b"\n".join(text for name, text in service.items() if name.startswith("app/")).decode()
    read = {name.upper() for name in re.findall(r"settings\.(\w+)", code)}
    return setting_names(service) - read


def lost_examples(service: Service) -> set[str]:
    """What `.env.example` offers, and no setting reads."""
    offered = re.findall(r"^(?:# )?([A-Z_]+)=", service[".env.example"].decode(), re.MULTILINE)
    return {*offered} - setting_names(service)


def unused(service: Service) -> list[str]:
    """Each thing that is there for nothing, or missing."""
    found = {
        "a dependency that nothing asks for": idle_dependencies(service),
        "a dependency that is not declared": lost_dependencies(service),
        "a setting that nothing reads": idle_settings(service),
        "a line of .env.example without a setting": lost_examples(service),
    }
    return [f"{kind}: {name}" for kind, names in found.items() for name in sorted(names)]
