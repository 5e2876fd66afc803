"""Answers, given on the command line or typed at the keyboard."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cookiecutter.main import cookiecutter

from .options import CHOICES, QUESTIONS, Answers

Way = Callable[[Path, Path, Answers], Path]

FREE = [name for name in QUESTIONS if not name.startswith("_") and name not in CHOICES]


def call(template: Path, folder: Path, **options: Any) -> Path:
    home: Any = {"replay_dir": str(folder / "home"), "cookiecutters_dir": str(folder / "home")}
    return Path(cookiecutter(str(template), output_dir=str(folder / "out"), default_config=home, **options))


def give(template: Path, folder: Path, answers: Answers) -> Path:
    """As on the command line."""
    return call(template, folder, no_input=True, extra_context=answers)


def type_in(template: Path, folder: Path, answers: Answers) -> Path:
    """As at the keyboard: Enter for what is not answered, and for every choice."""
    lines = [answers.get(name, "") for name in QUESTIONS if not name.startswith("_")]
    with patch.object(sys, "stdin", io.StringIO("\n".join([*lines, ""]))):
        return call(template, folder)


def run_cookiecutter(
    template: Path, folder: Path, *arguments: str, typed: str | None = None, console: str = "ascii"
) -> subprocess.CompletedProcess[str]:
    """The command itself, its answers typed or not, on a console that may know only ASCII."""
    flags = ["--default-config", "--output-dir", str(folder), *(["--no-input"] if typed is None else [])]
    flags += [argument for argument in arguments if argument.startswith("-")]
    answers = [argument for argument in arguments if not argument.startswith("-")]
    # Cookiecutter leaves its copy of the template behind when it stops.
    copies = folder.parent / "copies"
    copies.mkdir(exist_ok=True)
    home = {"HOME": str(folder.parent), "TMPDIR": str(copies)}
    return subprocess.run(
        [sys.executable, "-m", "cookiecutter", *flags, str(template), *answers],
        input=typed,
        capture_output=True,
        encoding=console,
        env=os.environ | home | {"PYTHONIOENCODING": console, "COLUMNS": "200"},
        check=False,
    )


def can_be_typed(answers: Answers) -> bool:
    """A line of text, which is not the key Enter alone."""
    texts = [*answers.values()]
    return all(text.strip() and text.splitlines() == [text] for text in texts)
