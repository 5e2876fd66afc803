"""What is there in Korean: it says what the English documents say, and what it tells to type works."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from binaryornot.check import is_binary
from support.documents import BLOCK, follow
from support.fixtures import Presets
from support.mentions import lost_paths, lost_verbs, named, verbs
from support.paths import ROOT
from support.shop import tools_of

# With the tests of presets, whose services they share.
pytestmark = pytest.mark.xdist_group("presets")
PAGE = ROOT / "docs" / "ko" / "course-to-service.md"
KOREAN = [ROOT / "README.ko.md", *sorted((ROOT / "docs" / "ko").glob("*.md"))]
IDEAS = 13


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def levels(text: str) -> list[str]:
    """Of the headings; a comment in a block is none."""
    return re.findall(r"^#+(?= )", re.sub(BLOCK, "", text), re.MULTILINE)


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```$", text, re.DOTALL | re.MULTILINE)


def links(text: str) -> list[str]:
    """Those to the other language lead to each other."""
    return [link for link in re.findall(r"\]\((.+?)\)", text) if not re.fullmatch(r"README(\.ko)?\.md", link)]


def sections(text: str) -> list[str]:
    return re.split(r"^#+ .+\n", re.sub(BLOCK, "", text), flags=re.MULTILINE)[1:]


def words_in_code(text: str) -> list[list[str]]:
    """By section, for the order of the words in a sentence is another one."""
    return [sorted(named(section)) for section in sections(text)]


def rows(text: str) -> list[str]:
    """The first cells of tables, but for their heads."""
    return [cell for cell in re.findall(r"^\| (.+?) \|", text, re.MULTILINE) if "`" in cell]


def marks(text: str) -> list[int]:
    """How many entries the list of each section has."""
    return [len(re.findall("^- ", section, re.MULTILINE)) for section in sections(text)]


@pytest.mark.parametrize("part", [levels, code_blocks, links, words_in_code, rows, marks])
def test_the_korean_readme_has_what_the_english_one_has(part: Callable[[str], list[object]]) -> None:
    assert part(text_of("README.ko.md")) == part(text_of("README.md"))
    assert part(text_of("README.md")) != []


def test_the_readmes_lead_to_each_other() -> None:
    assert "(README.ko.md)" in text_of("README.md").partition("\n## ")[0]
    assert "(README.md)" in text_of("README.ko.md").partition("\n## ")[0]


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.name)
def test_every_paragraph_is_korean_and_the_file_is_text(path: Path) -> None:
    """Cookiecutter, too, would take none of them for data, and leave it as it is."""
    text = path.read_text(encoding="utf-8")
    assert not is_binary(str(path))
    assert "\N{REPLACEMENT CHARACTER}" not in text
    prose = [part for part in re.sub(BLOCK, "", text).split("\n\n") if not part.lstrip().startswith("#")]
    spoken = [part for part in prose if re.search(r"[a-z]{3,}", re.sub(r"`[^`]+`|\(.+?\)", "", part))]
    assert [part for part in spoken if not re.search("[가-힣]", part) and "README" not in part] == []


def test_each_idea_of_the_course_has_a_file_and_a_command(presets: Presets) -> None:
    text = PAGE.read_text(encoding="utf-8")
    ideas = re.split(r"^## (\d+)\. .+\n", text, flags=re.MULTILINE)[1:]
    assert ideas[::2] == [str(number) for number in range(1, IDEAS + 1)]
    for idea in ideas[1::2]:
        assert [word for word in named(idea) if (presets["ml"] / word).exists()], idea
        assert BLOCK.search(idea), idea


def test_what_the_page_names_is_there(presets: Presets) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert lost_paths(text, presets["ml"], PAGE.parent) == []
    assert lost_verbs(text, verbs(presets["ml"] / "Makefile")) == set()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_what_the_page_tells_to_type_works(presets: Presets, tmp_path: Path) -> None:
    """In the service of the preset; that `make new` makes it is tested with the presets."""
    service = Path(shutil.copytree(presets["ml"], tmp_path / "build" / "experiments"))
    here = {"make new preset=ml": f"test -d {service}"}
    assert follow(PAGE, tmp_path, tmp_path, here, tools_of(service)) > IDEAS
