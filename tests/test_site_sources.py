"""What the page is built from: its texts, its packages, its files; without a browser."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from get_servers import has_program
from site_builder import registries
from site_builder.archives import packed
from site_builder.questions import field_types, read_questions
from site_builder.registries import LOCK, Package, packages
from site_builder.releases import Release, difference, names, uncommitted
from support.cruft import AUTHOR
from support.hooks import FIELDS
from support.options import CHOICES
from support.paths import ROOT
from support.presets import ASKED
from support.programs import run
from support.site.words import ENGLISH, TEXTS

SITE = ROOT / "site"


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_has_all_texts_with_the_same_values(language: str) -> None:
    texts = {key: text for key, text in TEXTS[language].items() if key != "asked"}
    assert [*texts] == [*ENGLISH]
    assert [key for key, text in texts.items() if not text.strip()] == []
    values = {key: set(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}
    assert values == {key: set(re.findall(r"\{\w+\}", text)) for key, text in ENGLISH.items()}


@pytest.mark.parametrize("language", [language for language in TEXTS if language != "en"])
def test_a_language_has_every_question_and_choice(language: str) -> None:
    """English is in cookiecutter.json. The page works without a translation, and shows English there."""
    asked = TEXTS[language]["asked"]
    assert {*asked} == {*ASKED}
    assert {name: {*texts} - {"text"} for name, texts in asked.items()} == {
        name: {*CHOICES.get(name, ())} for name in ASKED
    }


def test_the_page_uses_every_text_and_no_other() -> None:
    sources = [*SITE.glob("*.html"), *SITE.glob("scripts/*.js")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r'data-(?:text|label)="(\w+)"', code)) | set(re.findall(r'\bt\("(\w+)"', code))
    used |= set(re.findall(r'stage: "(\w+)"', code)) | {"added", "removed", "changed"}
    used |= {f"count_{name}" for name in ("files", "app", "tests", "dependencies")}
    assert used == {*ENGLISH}


def test_the_page_has_the_packages_that_are_tested_here() -> None:
    """When the day of proof moves: `uv run python tools/lock_site.py`."""
    pinned = {package.name: package.version for part in ("render", "service") for package in packages(part)}
    assert pinned == {name: version(name) for name in pinned}


def test_a_file_that_is_not_the_pinned_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(registries, "KEPT", tmp_path)
    [package] = [package for package in packages("render") if package.name == "text-unidecode"]
    assert package.read() == package.read()
    [kept] = tmp_path.iterdir()
    kept.write_bytes(b"something else")
    with pytest.raises(SystemExit, match="its checksum differs"):
        package.read()
    assert [*tmp_path.iterdir()] == []


def test_a_package_that_is_not_there_is_named() -> None:
    package = Package("text-unidecode", "0", "text_unidecode-0.tar.gz", "0" * 64, "render")
    with pytest.raises(SystemExit, match=r"There is no text_unidecode-0\.tar\.gz at"):
        package.read()


def test_every_file_has_a_checksum() -> None:
    rows = json.loads(LOCK.read_text(encoding="utf-8"))
    assert [row for row in rows if not re.fullmatch("[0-9a-f]{64}", row["sha256"])] == []


def test_the_page_asks_what_the_template_asks() -> None:
    found = {
        question["name"]: question
        for question in read_questions({"cookiecutter.json": bytes_of("cookiecutter.json")})
    }
    assert [*found] == ASKED
    assert {name: [choice["value"] for choice in found[name]["choices"]] for name in CHOICES} == CHOICES
    assert field_types() == [*FIELDS.TYPES]


def bytes_of(name: str) -> bytes:
    return (ROOT / name).read_bytes()


def test_two_tags_are_compared_or_else_two_commits(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        return run("git", *words, cwd=tmp_path, env=AUTHOR).strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "1")
    assert names(tmp_path) == (git("rev-parse", "HEAD"), "HEAD")
    git("commit", "--quiet", "--allow-empty", "--message", "2")
    assert names(tmp_path) == (git("rev-parse", "HEAD~1"), "HEAD")
    git("tag", "v0.9.0", "HEAD~1")
    git("tag", "v0.2.0", "HEAD~1")
    assert names(tmp_path) == ("v0.9.0", "HEAD")
    git("tag", "v0.10.0")
    assert names(tmp_path) == ("v0.9.0", "v0.10.0")
    git("commit", "--quiet", "--allow-empty", "--message", "3")
    assert names(tmp_path) == ("v0.10.0", "HEAD")


def test_changes_that_the_page_would_not_render_are_named(tmp_path: Path) -> None:
    run("git", "init", "--quiet", cwd=tmp_path)
    assert uncommitted(tmp_path) == []
    (tmp_path / "README.md").write_text("of no service")
    (tmp_path / "cookiecutter.json").write_text("{}")
    assert uncommitted(tmp_path) == ["cookiecutter.json"]


def test_what_an_older_release_had_is_known() -> None:
    old = Release("v1", "1", {"same": b"1", "changed": b"1", "gone": b"1"})
    new = Release("v2", "2", {"same": b"1", "changed": b"2", "new": b"1"})
    assert difference(old, new) == ({"changed": b"1", "gone": b"1"}, ["new"])


def test_an_archive_is_the_same_each_time() -> None:
    assert packed({"b": b"1", "a": b"2"}) == packed({"a": b"2", "b": b"1"})


def test_modules_of_the_page_are_small_and_say_what_they_are() -> None:
    for path in [*SITE.glob("scripts/*.js"), SITE / "sw.js"]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("// "), path
        assert len(lines) <= 150, path


def test_one_of_several_browsers_is_enough() -> None:
    assert has_program("no-such-browser|bash", "/nowhere")
    assert has_program("bash", "/bin")
    assert not has_program("no-such-browser|no-other", "/bin")


def test_nothing_built_is_committed() -> None:
    kept = run("git", "ls-files", "site", "build", cwd=ROOT).splitlines()
    assert kept
    assert {Path(name).suffix for name in kept} <= {".js", ".css", ".html", ".svg", ".json", ".py"}
