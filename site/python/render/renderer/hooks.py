"""Hooks in this process: a browser has no other one."""

import runpy
from pathlib import Path

import cookiecutter.hooks
from cookiecutter.exceptions import FailedHookException
from cookiecutter.utils import work_in


def run_script(script_path: str, cwd: Path | str = ".") -> None:
    """In the place of the function of the same name, which starts a process."""
    with work_in(cwd):
        try:
            runpy.run_path(script_path, run_name="__main__")
        except SystemExit as end:
            if end.code not in (None, 0):
                raise FailedHookException(str(end.code)) from None


def install() -> None:
    cookiecutter.hooks.run_script = run_script  # ty: ignore[invalid-assignment]
