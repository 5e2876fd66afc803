"""Cookiecutter's own ways to answer: each leads to the same service."""

import json
import sys
from pathlib import Path

import pytest
from support.cruft import assert_is
from support.options import everything
from support.programs import run

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]
ANSWERS = everything() | {"project_name": "Book Shop", "domains": "books"}


def test_a_user_configuration_a_replay_and_the_command_line_make_the_same(
    template: Path, tmp_path: Path
) -> None:
    config, home = tmp_path / "config.yml", {"replay_dir": str(tmp_path), "cookiecutters_dir": str(tmp_path)}
    configured, replayed, given = (
        tmp_path / way / "book-shop" for way in ("configured", "replayed", "given")
    )

    def cookiecutter(service: Path, *words: str | Path) -> None:
        options = ("--config-file", config, "--output-dir", service.parent)
        run(sys.executable, "-m", "cookiecutter", *options, *words, cwd=tmp_path)

    config.write_text(json.dumps({"default_context": ANSWERS, **home}), encoding="utf-8")
    cookiecutter(configured, "--no-input", template)
    config.write_text(json.dumps(home), encoding="utf-8")
    replay = tmp_path / f"{template.name}.json"
    recorded = json.loads(replay.read_text(encoding="utf-8"))["cookiecutter"]
    assert ANSWERS.items() <= recorded.items()
    cookiecutter(replayed, "--replay-file", replay, template)
    cookiecutter(given, "--no-input", template, *(f"{name}={text}" for name, text in ANSWERS.items()))
    assert_is(configured, replayed)
    assert_is(configured, given)
