"""Renders a service into a folder, and takes no notice of what tools have left in the template."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Made by tools that run in the template where it lies. Cookiecutter would take it for a part of the service.
LEFTOVERS = ("__pycache__", ".*_cache", ".venv", ".env", ".coverage*", ".hypothesis", "uv.lock", "*.egg-info")


def render(folder: Path, *options: str, quiet: bool = False) -> int:
    """Call cookiecutter; what it returns. Errors are never quiet."""
    cookiecutter = ["uv", "run", "--quiet", "--project", str(ROOT), "--only-group", "render", "cookiecutter"]
    with tempfile.TemporaryDirectory() as clean:
        template = Path(clean) / ROOT.name
        for name in ("hooks", "{{cookiecutter.project_slug}}"):
            shutil.copytree(ROOT / name, template / name, ignore=shutil.ignore_patterns(*LEFTOVERS))
        shutil.copy(ROOT / "cookiecutter.json", template)
        command = [*cookiecutter, *options, "--output-dir", str(folder), str(template)]
        return subprocess.run(command, stdout=subprocess.DEVNULL if quiet else None, check=False).returncode


def main() -> None:
    if render(ROOT / "build", *sys.argv[1:]):
        sys.exit("No service was made; the reason is above.")
    print("You find it in build/.")


if __name__ == "__main__":
    main()
