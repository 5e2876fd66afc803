"""What a service brings for Kubernetes: in which states its files can be, and what kubectl makes of them."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from .factors import file, in_order
from .jinja import VALUES
from .options import Answers, can_be, completions
from .paths import ROOT
from .places import paths
from .programs import run

FOLDER = "deploy/kubernetes"
OVERLAYS = ("staging", "production")
Manifest = dict[str, Any]


def states() -> Iterator[Answers]:
    """A service for each combination of the answers on which these files depend."""
    files = [path for path in paths() if path.startswith(f"{FOLDER}/")]
    questions = in_order({question for path in files for question in file(path).questions} - {"deployment"})
    for row in product(*(VALUES[question] for question in questions)):
        state = {**dict(zip(questions, row, strict=True)), "deployment": "kubernetes"}
        if can_be(state):
            yield next(completions(state))


def call(environment: Path, *command: str | Path) -> str:
    """In an environment of its own: what it brings must not hide a missing dependency of a service."""
    group = ("uv", "run", "--quiet", "--only-group", "kubernetes")
    return run(*group, *command, cwd=ROOT, env={"UV_PROJECT_ENVIRONMENT": str(environment)})


def build(environment: Path, service: Path, overlay: str) -> str:
    return call(environment, "kubectl", "kustomize", service / FOLDER / "overlays" / overlay)


def complaints(environment: Path, *manifests: Path) -> str:
    """What a cluster would refuse, also names of fields that it does not know."""
    return call(environment, "kubernetes-validate", "--strict", "--quiet", *manifests)


@cache
def parse(text: str) -> list[Manifest]:
    return [*yaml.safe_load_all(text)]


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def pods(manifests: list[Manifest]) -> list[Manifest]:
    """The templates of pods."""
    return [manifest["spec"]["template"] for manifest in of_kind(manifests, "Deployment", "Job")]


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def selects(selector: Mapping[str, str], pod: Manifest) -> bool:
    return selector.items() <= pod["metadata"]["labels"].items()
