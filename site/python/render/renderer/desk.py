"""The one thing that the worker holds: it remembers the last two services, and answers in JSON."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cookiecutter.exceptions import CookiecutterException

from . import hooks
from .differences import differences, text_of
from .services import Progress, counts, cruft_state, read, render, write_zip
from .templates import Answers, Template, add_older
from .trials import runnable
from .verdicts import verdict, without_command

ZIP = Path("/service.zip")


class Desk:
    """One for each worker. What a method is given and returns is what JSON has."""

    def __init__(self, template: str, progress: Progress) -> None:
        os.environ.setdefault("HOME", "/home/pyodide")
        hooks.install()
        self.template, self.progress = Template(Path(template)), progress
        self.files: dict[str, bytes] = {}
        self.before: dict[str, bytes] = {}

    def call(self, name: str, arguments: str) -> str:
        method: Callable[..., Any] = getattr(self, name)
        try:
            return json.dumps({"result": method(**json.loads(arguments))})
        except SystemExit as refusal:
            return json.dumps({"refusal": without_command(str(refusal.code))})
        except CookiecutterException as error:
            return json.dumps({"refusal": str(error)})

    def verdict(self, answers: Answers) -> dict[str, Any]:
        return verdict(self.template, answers)

    def render(self, answers: Answers, source: dict[str, str]) -> dict[str, Any]:
        """The service, and its ZIP in a file."""
        service = render(self.template, answers, self.progress)
        self.before, self.files = self.files, read(service)
        state = cruft_state(self.template, answers, source)
        write_zip(ZIP, service.name, {**self.files, ".cruft.json": state})
        texts = {name: text_of(content) for name, content in self.files.items()}
        shown = {name: None if lines is None else "\n".join(lines) for name, lines in texts.items()}
        return {"slug": service.name, "files": shown, "counts": counts(self.files)}

    def changes(self) -> dict[str, Any]:
        """Since the service before this one, unless this is the first."""
        return {"first": not self.before, "files": differences(self.before, self.files)}

    def releases(self, answers: Answers, changed: str, removed: list[str]) -> list[dict[str, str]]:
        """Between the older release and this one, for the same answers."""
        folder = Path("/older")
        older = (
            Template(folder) if folder.exists() else add_older(self.template, folder, Path(changed), removed)
        )
        before = read(render(older, older.known(answers), self.progress))
        # Only after a work that was cancelled, the service that is shown is not here any more.
        return differences(before, self.files or read(render(self.template, answers, self.progress)))

    def runnable(self, answers: Answers, available: list[str]) -> dict[str, Any]:
        return runnable(self.template, answers, available)

    def trial(self, answers: Answers) -> dict[str, Any]:
        """The ZIP of a service that is to run here; the one that is shown stays what it is."""
        service = render(self.template, answers, self.progress)
        write_zip(ZIP, "service", read(service))
        return {"slug": service.name}
