"""The presets: their answers, and the command by which README.md takes one."""

import re
import sys
from pathlib import Path

import yaml

from .documents import blocks
from .options import QUESTIONS, Answers
from .paths import ROOT
from .programs import run

FOLDER = ROOT / "presets"
PRESETS: dict[str, Answers] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["default_context"]
    for path in sorted(FOLDER.glob("*.yaml"))
}
ASKED = [name for name in QUESTIONS if not name.startswith("_")]
# Where the file of a preset comes from, for people who have not cloned the repository.
ADDRESS = "https://raw.githubusercontent.com/ORG/cookiecutter-fastapi-service/main"


def command(name: str) -> str:
    """What README.md says to type, for this preset."""
    [block] = [block for block in blocks(ROOT / "README.md") if ADDRESS in block]
    step = re.sub(r"\b\w+\.yaml\b", f"{name}.yaml", block)
    # The presets have names of their own; that another one can be given is seen where README.md is followed.
    return re.sub(r' project_name="[^"]+"$', "", step, flags=re.MULTILINE)


def make(name: str, template: Path, folder: Path) -> Path:
    """Do what README.md says, with the cookiecutter that is here and an empty home."""
    replacements = {
        ADDRESS: f"file://{ROOT}",
        "uvx cookiecutter": f"{sys.executable} -m cookiecutter",
        "gh:ORG/cookiecutter-fastapi-service": str(template),
    }
    step = command(name)
    for there, instead in replacements.items():
        assert there in step, step
        step = step.replace(there, instead)
    run("bash", "-euc", step, cwd=folder, env={"HOME": str(folder), "COOKIECUTTER_CONFIG": "/nowhere"})
    [service] = [path for path in folder.iterdir() if (path / "app").exists()]
    return service
