"""Try services one after the other in this process: import each, and migrate it up, down and up.

`python trials.py RESULTS FOLDER...` writes a line of JSON for each: what is served, or what went wrong. It is
run in a process of its own, for a service changes how all of a process logs.
"""

import gc
import importlib
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

OWN = ("app", "migrations", "tests")


def forget(folder: Path) -> None:
    """Nothing of the service before is imported any more; this one is found."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]
    gc.collect()
    sys.path[0] = str(folder)
    os.chdir(folder)


def migrate(folder: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(toml_file=folder / "pyproject.toml", stdout=io.StringIO())
    for step, target in ((command.upgrade, "head"), (command.downgrade, "base"), (command.upgrade, "head")):
        step(config, target)
        if target == "head":
            command.check(config)


def served() -> list[str]:
    """The paths in the OpenAPI document."""
    factory, settings = importlib.import_module("app.factory"), importlib.import_module("app.settings")
    return sorted(factory.create_app(settings.read_settings()).openapi()["paths"])


def trial(folder: Path) -> dict[str, Any]:
    forget(folder)
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'trial.db'}"
    try:
        paths = served()
        if (folder / "migrations").exists():
            migrate(folder)
    except (Exception, SystemExit) as error:
        return {"error": "".join(traceback.format_exception(error))[-3000:]}
    return {"paths": paths}


def main(results: str, *folders: str) -> None:
    sys.path.insert(0, "")
    with Path(results).open("w", encoding="utf-8") as lines:
        for folder in folders:
            print(json.dumps(trial(Path(folder))), file=lines, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
