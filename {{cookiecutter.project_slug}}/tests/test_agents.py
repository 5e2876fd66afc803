import re
from pathlib import Path
from types import ModuleType

from app.domains import DOMAINS

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "AGENTS.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """The table under a heading: the names in the first column, and the cells of their rows."""
    section = GUIDE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {
        name: [cell.strip() for cell in row[1:]] for row in rows for name in re.findall("`(.+?)`", row[0])
    }


def test_every_path_of_the_guide_exists_and_no_part_is_left_out() -> None:
    named = set(table("Where things are"))
    assert [path for path in named if not (ROOT / path).exists()] == []
    parts = {f"app/{path.name}{'/' * path.is_dir()}" for path in (ROOT / "app").iterdir()}
    assert parts - named <= {"app/__init__.py", "app/__pycache__/"}


def test_every_domain_has_the_shape_of_the_guide() -> None:
    shape = set(table("The shape of a domain"))
    for domain in DOMAINS:
        assert {path.name for path in folder_of(domain).glob("*.py")} == shape


def test_modules_of_a_domain_import_only_what_the_guide_allows() -> None:
    for domain in DOMAINS:
        for name, (_, allowed) in table("The shape of a domain").items():
            assert imports(folder_of(domain) / name) <= set(allowed.split(", ")), f"{domain.__name__}: {name}"


def folder_of(domain: ModuleType) -> Path:
    return Path(str(domain.__file__)).parent


def imports(path: Path) -> set[str]:
    """The modules of its own domain that a module imports."""
    lines = re.findall(r"^from \.(\w*) import (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {part for module, names in lines for part in ([module] if module else names.split(", "))}
