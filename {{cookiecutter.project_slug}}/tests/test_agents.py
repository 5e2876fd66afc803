import re
from pathlib import Path

import fastapi

from app.domains import DOMAINS

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
PACKAGES = Path(fastapi.__file__).parent.parent
INSTALLED = ".venv/lib/python3.*/site-packages/"


def paths_named() -> set[str]:
    """What has a slash and stands in backticks, and where links lead; addresses begin with the slash."""
    text = re.sub(r"^```.*?^```$", "", GUIDE, flags=re.DOTALL | re.MULTILINE)
    return {*re.findall(r"`([\w.][\w.*-]*/[\w./*-]*)`", text), *re.findall(r"\]\(([^:)]+)\)", text)}


def is_there(path: str) -> bool:
    base = PACKAGES if path.startswith(INSTALLED) else ROOT
    return (base / path.removeprefix(INSTALLED)).exists()


def test_every_path_of_the_guide_exists() -> None:
    assert "app/domains/" in paths_named()
    assert [path for path in sorted(paths_named()) if not is_there(path)] == []


def test_every_domain_has_the_shape_of_the_guide() -> None:
    section = GUIDE.partition("## The shape of a domain\n")[2].partition("\n## ")[0]
    shape = {*re.findall(r"^\| `(\w+\.py)`", section, re.MULTILINE)}
    assert "repository.py" in shape
    for domain in DOMAINS:
        files = {path.name for path in Path(str(domain.__file__)).parent.glob("*.py")}
        assert shape - files == set(), domain.__name__
