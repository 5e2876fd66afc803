"""Renders a service into a folder, and takes no notice of what tools have left in the template."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from template import ROOT, copy_template

PRESETS = ROOT / "presets"
# Python with what cookiecutter brings, which may not be the one that runs this.
UV = ["uv", "run", "--quiet", "--project", str(ROOT), "--only-group", "render"]


def render(folder: Path, *words: str, quiet: bool = False) -> int:
    """Call cookiecutter with options and answers; what it returns. Errors are never quiet."""
    options = [word for word in words if word.startswith("-")]
    answers = [word for word in words if word not in options]
    with tempfile.TemporaryDirectory() as clean:
        template = copy_template(Path(clean) / ROOT.name)
        command = [*UV, "cookiecutter", *options, "--output-dir", str(folder), str(template), *answers]
        return subprocess.run(command, stdout=subprocess.DEVNULL if quiet else None, check=False).returncode


def preset(name: str) -> list[str]:
    """Options with which cookiecutter takes the answers of a preset, and asks nothing."""
    known = {path.stem: path for path in sorted(PRESETS.glob("*.yaml"))}
    if name not in known:
        sys.exit(f"There is no preset {name!r}. Choose one of: {', '.join(known)}")
    check = [*UV, "python", str(ROOT / "tools" / "check_preset.py"), str(known[name])]
    if subprocess.run(check, check=False).returncode:
        sys.exit("No service was made.")
    return ["--no-input", f"--config-file={known[name]}"]


def main() -> None:
    # Not through the shell of make, for which parentheses and bars mean something.
    try:
        answers = shlex.split(os.environ.get("ANSWERS", ""))
    except ValueError as error:
        sys.exit(f"""ANSWERS: {error}. As in a shell: ANSWERS='project_name="Bob's books"'""")
    options = preset(os.environ["preset"]) if os.environ.get("preset") else []  # noqa: SIM112
    if render(ROOT / "build", *options, *sys.argv[1:], *answers):
        sys.exit(
            'No service was made; the reason is above. Answers to keep: make new ANSWERS="name=value ..."'
        )
    print("It is in build/: `cd build` comes first.")


if __name__ == "__main__":
    main()
