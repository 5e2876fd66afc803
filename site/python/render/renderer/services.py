"""Services: rendered by cookiecutter, read, counted, and put into a ZIP that follows its template."""

import json
import logging
import shutil
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cookiecutter.main import cookiecutter

from .templates import Answers, Template

RENDERED = Path("/rendered")
Progress = Callable[[int, int], object]
# The same answers, the same bytes: this is the day on which the time of ZIP files begins.
DAY = (1980, 1, 1, 0, 0, 0)


class Counter(logging.Handler):
    """Cookiecutter logs each file that it begins with."""

    def __init__(self, progress: Progress, total: int) -> None:
        super().__init__(logging.DEBUG)
        self.progress, self.total, self.done = progress, total, 0

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith("Processing file"):
            self.done += 1
            self.progress(self.done, self.total)


def render(template: Template, answers: Answers, progress: Progress) -> Path:
    """As on any machine: SystemExit, or an exception, when the answers are refused."""
    shutil.rmtree(RENDERED, ignore_errors=True)
    RENDERED.mkdir()
    template.rules()
    log = logging.getLogger("cookiecutter.generate")
    counter = Counter(progress, sum(path.is_file() for path in template.service.rglob("*")))
    log.addHandler(counter)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        given: dict[str, Any] = {"no_input": True, "default_config": True, "output_dir": str(RENDERED)}
        return Path(cookiecutter(str(template.folder), extra_context=dict(answers), **given))
    finally:
        log.removeHandler(counter)


def read(service: Path) -> dict[str, bytes]:
    paths = sorted(path for path in service.rglob("*") if path.is_file())
    return {path.relative_to(service).as_posix(): path.read_bytes() for path in paths}


def lines(files: dict[str, bytes], folder: str) -> int:
    """Those of Python that are not blank."""
    texts = [text for name, text in files.items() if name.startswith(folder) and name.endswith(".py")]
    return sum(1 for text in texts for line in text.decode("utf-8").splitlines() if line.strip())


def counts(files: dict[str, bytes]) -> dict[str, int]:
    project = tomllib.loads(files["pyproject.toml"].decode("utf-8"))["project"]
    return {
        "files": len(files),
        "app": lines(files, "app/"),
        "tests": lines(files, "tests/"),
        "dependencies": len(project["dependencies"]),
    }


def cruft_state(template: Template, answers: Answers, source: dict[str, str]) -> bytes:
    """What `cruft create` would have left there."""
    context = template.completed(answers, checked=False)
    context |= {"_template": source["template"], "_commit": source["commit"]}
    state: dict[str, Any] = {
        **source,
        "checkout": None,
        "context": {"cookiecutter": context},
        "directory": None,
    }
    return (json.dumps(state, ensure_ascii=False, indent=2) + "\n").encode()


def write_zip(target: Path, folder: str, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", DAY)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
