"""Renders a service into a folder, and takes no notice of what tools have left in the template."""

import subprocess
import sys
import tempfile
from pathlib import Path

from template import ROOT, copy_template


def render(folder: Path, *options: str, quiet: bool = False) -> int:
    """Call cookiecutter; what it returns. Errors are never quiet."""
    cookiecutter = ["uv", "run", "--quiet", "--project", str(ROOT), "--only-group", "render", "cookiecutter"]
    with tempfile.TemporaryDirectory() as clean:
        template = copy_template(Path(clean) / ROOT.name)
        command = [*cookiecutter, *options, "--output-dir", str(folder), str(template)]
        return subprocess.run(command, stdout=subprocess.DEVNULL if quiet else None, check=False).returncode


def main() -> None:
    if render(ROOT / "build", *sys.argv[1:]):
        sys.exit("No service was made; the reason is above.")
    print("You find it in build/.")


if __name__ == "__main__":
    main()
