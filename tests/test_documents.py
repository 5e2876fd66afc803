"""What our documents name is there: commands, paths, settings, questions, and the proof itself."""

import os
import re
from pathlib import Path

import pytest
from support.mentions import lost_constants, lost_paths, lost_verbs, verbs
from support.options import CHOICES, OPTIONS, QUESTIONS
from support.paths import RAW, ROOT

OURS = ("README.md", "README.ko.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/decisions.md")
CODE = (*(ROOT / name for name in ("benchmarks", "hooks", "tools", "tests")), RAW / "app", RAW / "tests")


@pytest.mark.parametrize("name", OURS)
def test_what_our_documents_name_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    # Not by `rglob`, which fails when another test removes a folder of its cache.
    folders = [each for top in (*CODE, RAW / "scripts") for each in os.walk(top)]
    paths = [Path(folder, each) for folder, _, names in folders for each in names if each.endswith(".py")]
    code = "".join(path.read_text(encoding="utf-8") for path in paths)
    assert lost_paths(text, ROOT, RAW, (ROOT / name).parent) == []
    assert lost_verbs(text, verbs(ROOT / "Makefile") | verbs(RAW / "Makefile")) == set()
    assert lost_constants(text, code + code.upper()) == []


def rows(text: str) -> dict[str, list[str]]:
    """The table of questions: each with the answers that stand in its row."""
    table = text.partition("\n## Questions\n")[2].partition("\n## ")[0]
    cells = [line.strip("|").split("|", 1) for line in table.splitlines() if line.startswith("| `")]
    return {name: re.findall("`(.+?)`", row[1]) for row in cells for name in re.findall("`(.+?)`", row[0])}


def test_the_table_of_questions_is_that_of_the_template() -> None:
    table = rows((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [*table] == [name for name in QUESTIONS if not name.startswith("_")]
    assert {question: table[question] for question in CHOICES} == CHOICES


def test_the_page_of_the_proof_knows_every_answer_and_the_digest_of_its_template() -> None:
    """An answer that is not on it was not proven, and may not be offered: `make proof` writes it."""
    page = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    assert [option for option in OPTIONS if f"| `{option[0]}` | `{option[1]}` |" not in page] == []
    assert re.search(r"^Digest of the template: `[0-9a-f]{64}`$", page, re.MULTILINE)
    assert "(docs/proof.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
