"""Writes docs/gallery.md, and the pictures that it shows: what each preset makes."""

import os
import sys
import tempfile
import tomllib
from pathlib import Path
from textwrap import dedent

from gallery_pictures import digest, take
from gallery_tree import tree
from render import PRESETS, preset, render
from template import ROOT

PAGE = ROOT / "docs" / "gallery.md"
PICTURES = PAGE.with_suffix("")
HEAD = Path(__file__).with_name("gallery_head.md")
SECTION = """
## {name}

{purpose}

```yaml
{answers}```

| lines in `app/` | lines in `tests/` | dependencies |
| --- | --- | --- |
| {lines} | {tests} | {direct} |

<details><summary>The files</summary>

```text
{tree}
```

</details>

![The page /docs of the preset {name}](gallery/{picture})
"""


def lines(folder: Path) -> int:
    """Those of Python that are not blank."""
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return sum(1 for text in texts for line in text.splitlines() if line.strip())


def picture(name: str, service: Path) -> Path:
    """Named by what it shows: of another API, it is another file."""
    return PICTURES / f"{name}-{digest(service)}.png"


def section(name: str, service: Path) -> str:
    purpose, _, answers = (PRESETS / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")
    project = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return SECTION.format(
        name=name,
        purpose=purpose.removeprefix("# "),
        answers=dedent(answers.partition("\n")[2]),
        lines=lines(service / "app"),
        tests=lines(service / "tests"),
        direct=len(project["dependencies"]),
        tree=tree(service),
        picture=picture(name, service).name,
    )


def page(services: dict[str, Path]) -> str:
    """From the smallest service to the largest one."""
    by_size = sorted(services, key=lambda name: lines(services[name] / "app"))
    return HEAD.read_text(encoding="utf-8") + "".join(section(name, services[name]) for name in by_size)


def retake(services: dict[str, Path]) -> None:
    """Only what has changed, so that it needs no browser otherwise."""
    wanted = {picture(name, service): service for name, service in services.items()}
    for path, service in wanted.items():
        if not path.exists():
            take(service, path)
    for path in {*PICTURES.glob("*.png")} - {*wanted}:
        path.unlink()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        services = {}
        for name in sorted(path.stem for path in PRESETS.glob("*.yaml")):
            if render(Path(folder, name), *preset(name), quiet=True):
                sys.exit("A preset could not be rendered; the reason is above.")
            [services[name]] = Path(folder, name).iterdir()
        # First, for a service that is served leaves its database in its folder.
        PAGE.write_text(page(services), encoding="utf-8")
        PICTURES.mkdir(exist_ok=True)
        retake(services)


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    main()
