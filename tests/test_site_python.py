"""The Python of the page, without a browser: releases that hardly differ, refusals as it shows them."""

import json
from pathlib import Path

from renderer.desk import Desk
from renderer.templates import Template, add_older
from renderer.verdicts import without_command
from support.hooks import PRE_GEN


def written(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def contents(template: Template) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in template.folder.iterdir()}


def test_an_older_release_that_has_the_same_files_is_the_same(tmp_path: Path) -> None:
    """The archive of what differs is empty, and makes no folder."""
    newer = Template(written(tmp_path / "newer", same="1", added="1"))
    older = add_older(newer, tmp_path / "older", tmp_path / "changed", ["added"])
    assert contents(older) == {"same": "1"}


def test_an_older_release_has_what_it_had(tmp_path: Path) -> None:
    newer = Template(written(tmp_path / "newer", same="1", changed="2"))
    changed = written(tmp_path / "changed", changed="1", gone="1")
    older = add_older(newer, tmp_path / "older", changed, [])
    assert contents(older) == {"same": "1", "changed": "1", "gone": "1"}


def test_a_refusal_on_a_page_has_no_words_for_a_terminal() -> None:
    refusal = PRE_GEN.refusal(["tasks: needs something"], {"database": "none"})
    assert "in your command" in refusal
    assert without_command(refusal) == "This service cannot be made:\n  - tasks: needs something"


def test_the_desk_gives_a_refusal_without_them() -> None:
    class Refusing(Desk):
        def __init__(self) -> None:
            """It needs no template."""

        def refuse(self) -> None:
            raise SystemExit(PRE_GEN.refusal(["tasks: x"], {"database": "none"}))

    said = json.loads(Refusing().call("refuse", "{}"))
    assert said == {"refusal": "This service cannot be made:\n  - tasks: x"}
