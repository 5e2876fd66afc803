"""What documents name is there: commands, paths, settings, questions, addresses, and the proof itself."""

import json
import re
import sys
from pathlib import Path

import pytest
from checks import setting_names
from conftest import ROOT, SERVICE, Render, files
from offered import ANSWERS, CHOICES, EXTREMES, QUESTIONS, every_set
from running import run

OURS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/decisions.md")
THEIRS = ("README.md", "AGENTS.md")
# What is named and not here: made by commands, or by others.
ELSEWHERE = {
    "build/",
    "uv.lock",
    "service.db",
    ".env",
    "scripts/exemplar/",
    "make new",
    "app/predictions/times.py",
    "application/problem+json",
}
OPENAPI = """
import json
from app.main import app
print(json.dumps([*app.openapi()["paths"], app.openapi_url]))
"""


def named(text: str) -> list[str]:
    """What stands in backticks, outside of blocks."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", prose)


def verbs(makefile: Path) -> set[str]:
    return {*re.findall(r"^([a-z]+):", makefile.read_text(encoding="utf-8"), re.MULTILINE)}


def is_path(word: str) -> bool:
    """Whether it reads like a path, not like an address or a type of content."""
    return re.fullmatch(r"[\w.{][\w.{}/-]*(/|\.(py|toml|json|md|yml|ini|example))", word) is not None


def lost_paths(text: str, *roots: Path) -> list[str]:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    paths = [word for word in (*named(text), *links) if is_path(word) and word not in ELSEWHERE]
    return [
        path for path in paths if not any((root / path).exists() or [*root.rglob(path)] for root in roots)
    ]


def lost_verbs(text: str, known: set[str]) -> set[str]:
    return {*re.findall(r"`make ([a-z]+)", text)} - known


def lost_constants(text: str, code: str) -> list[str]:
    """Settings, and tables of the hooks: all that is written in capitals."""
    words = {word.partition("=")[0] for word in named(text)}
    return [word for word in words if re.fullmatch("[A-Z]+(_[A-Z]+)+", word) and word not in code]


@pytest.mark.parametrize("name", OURS)
def test_what_our_documents_name_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in sources())
    known = verbs(ROOT / "Makefile") | verbs(ROOT / SERVICE / "Makefile")
    assert lost_paths(text, ROOT, ROOT / SERVICE, (ROOT / name).parent) == []
    assert lost_verbs(text, known) == set()
    assert lost_constants(text, code + code.upper()) == []


def sources() -> list[Path]:
    folders = ("hooks", "tools", "tests", f"{SERVICE}/app", f"{SERVICE}/tests", f"{SERVICE}/scripts")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


@pytest.fixture(params=EXTREMES)
def service(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Path:
    return render(tmp_path, EXTREMES[request.param])


@pytest.mark.parametrize("name", THEIRS)
def test_what_the_documents_of_a_service_name_is_there(name: str, service: Path) -> None:
    text = (service / name).read_text(encoding="utf-8")
    made = files(service)
    known = setting_names(made) | {"TEST_" + setting for setting in setting_names(made)}
    assert lost_paths(text, service) == []
    assert lost_verbs(text, verbs(service / "Makefile")) == set()
    assert lost_constants(text, " ".join(known)) == []


def same(address: str) -> str:
    return re.sub(r"\{\w+\}", "{}", address.partition("?")[0])


def test_every_address_in_the_readme_of_a_service_is_served(service: Path) -> None:
    served = {
        same(path) for path in json.loads(run(sys.executable, "-c", OPENAPI, cwd=service).splitlines()[-1])
    }
    literal = b"".join(
        text for name, text in files(service).items() if name.startswith("app/") and name.endswith(".py")
    ).decode()
    words = named((service / "README.md").read_text(encoding="utf-8"))
    addresses = {word.split()[-1] for word in words if re.fullmatch(r"([A-Z]+ )?/[\w./{}?=&-]+", word)}
    lost = {path for path in addresses if same(path) not in served and f'"{path}"' not in literal}
    assert addresses
    assert lost == set()


# Questions


def rows(text: str) -> dict[str, list[str]]:
    """The table of questions: each with the answers that stand in its row."""
    table = text.partition("\n## Questions\n")[2].partition("\n## ")[0]
    cells = [line.strip("|").split("|", 1) for line in table.splitlines() if line.startswith("| `")]
    return {name: re.findall("`(.+?)`", row[1]) for row in cells for name in re.findall("`(.+?)`", row[0])}


def test_the_table_of_questions_is_that_of_the_template() -> None:
    table = rows((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [*table] == [name for name in QUESTIONS if not name.startswith("_")]
    assert {question: table[question] for question in CHOICES} == CHOICES


def test_the_page_of_the_proof_knows_every_answer_and_the_number_of_sets() -> None:
    """An answer that is not on it was not proven, and may not be offered: `make proof` writes it."""
    page = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    assert [answer for answer in ANSWERS if f"| `{answer[0]}` | `{answer[1]}` |" not in page] == []
    assert f"| services rendered twice | {len(every_set())} |" in page
    assert "(docs/proof.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
