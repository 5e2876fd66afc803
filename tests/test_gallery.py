"""The gallery shows what the presets make today, in words and in pictures."""

import re
import shutil
from pathlib import Path
from typing import Any

import gallery
import gallery_pictures
import pytest
from gallery_tree import tree
from support.fixtures import Presets

# In one process: they share five services.
pytestmark = pytest.mark.xdist_group("presets")
PNG = b"\x89PNG\r\n\x1a\n"
DOCUMENT: dict[str, Any] = {
    "info": {"title": "Shop"},
    "paths": {"/a": {"get": {"summary": "One", "responses": {}}}},
}


def width_of(picture: bytes) -> int:
    return int.from_bytes(picture[16:20], "big")


def test_the_page_is_what_the_presets_make(presets: Presets) -> None:
    """To write it again: make gallery."""
    assert gallery.page(presets).splitlines() == gallery.PAGE.read_text(encoding="utf-8").splitlines()


def test_the_pictures_are_those_that_the_page_shows() -> None:
    shown = re.findall(r"\]\(gallery/(.+?)\)", gallery.PAGE.read_text(encoding="utf-8"))
    pictures = {path.name: path.read_bytes() for path in gallery.PICTURES.iterdir()}
    assert sorted(shown) == sorted(pictures)
    for name, content in pictures.items():
        assert (content[:8], width_of(content)) == (PNG, gallery_pictures.WIDTH), name
        assert 20_000 < len(content) < 300_000, name


@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        ({"info": {"title": "Store"}}, True),
        ({"paths": {"/b": DOCUMENT["paths"]["/a"]}}, True),
        ({"paths": {"/a": {"get": {"summary": "Two", "responses": {}}}}}, True),
        ({"paths": {"/a": {"get": {"summary": "One", "responses": {"200": {}}}}}}, False),
        ({"components": {"schemas": {}}}, False),
    ],
)
def test_a_picture_has_another_name_when_it_shows_something_else(
    change: dict[str, Any], is_seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = set()
    for document in (DOCUMENT, DOCUMENT | change):
        gallery_pictures.digest.cache_clear()
        monkeypatch.setattr(gallery_pictures, "openapi", lambda _, found=document: found)
        names.add(gallery.picture("api", Path("here")))
    gallery_pictures.digest.cache_clear()
    assert len(names) == 1 + is_seen


def test_only_a_picture_that_is_missing_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "PICTURES", tmp_path)
    monkeypatch.setattr(gallery, "digest", lambda service: f"of-{service.name}")
    monkeypatch.setattr(gallery, "take", lambda service, path: path.write_text(f"new {service}"))
    for name in ("api-of-a.png", "ml-of-old.png"):
        (tmp_path / name).write_text("old")
    gallery.retake({"api": Path("a"), "ml": Path("b")})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "api-of-a.png": "old",
        "ml-of-b.png": "new b",
    }


def test_the_tree_shows_every_file_of_the_application_and_counts_the_others(tmp_path: Path) -> None:
    for name in ("app/domains/a.py", "app/main.py", "tests/b.py", "tests/c/d.py", "README.md"):
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert tree(tmp_path / "shop").splitlines() == [
        "shop/",
        "├── app/",
        "│   ├── domains/",
        "│   │   └── a.py",
        "│   └── main.py",
        "├── tests/ (2 files)",
        "└── README.md",
    ]


def test_without_a_browser_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        gallery_pictures.browser()


@pytest.mark.long
def test_a_picture_is_taken_of_the_page_that_is_served(presets: Presets, tmp_path: Path) -> None:
    service = shutil.copytree(presets["minimal"], tmp_path / "service")
    gallery_pictures.take(service, tmp_path / "picture.png")
    taken, shown = (tmp_path / "picture.png").read_bytes(), gallery.picture("minimal", service).read_bytes()
    # Letters differ from machine to machine, their number and the height of the page hardly do.
    assert taken[:20] == shown[:20]
    assert abs(len(taken) / len(shown) - 1) < 0.5
