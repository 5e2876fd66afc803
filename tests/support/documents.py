"""What a document tells people to type, done as it is written."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from .programs import free_port, run, serving

NOTHING: Mapping[str, str] = MappingProxyType({})
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Commands that do not end by themselves: they serve, or work until they are stopped.
SERVES = re.compile(r"^make (-C \S+ )?run\b|\buvicorn\b")
WORKS = re.compile(r"^make worker\b|\bapp\.worker\b")


def blocks(document: Path) -> list[str]:
    """What a document tells people to type."""
    return BLOCK.findall(document.read_text(encoding="utf-8"))


def goes_on(line: str) -> bool:
    return bool(SERVES.search(line) or WORKS.search(line))


def steps(block: str) -> list[str]:
    """The commands of a block; what does not end stands alone."""
    parts: list[str] = []
    for line in re.split(r"(?<!\\)\n", block.strip()):
        alone = not parts or goes_on(line) or goes_on(parts[-1])
        parts = [*parts, line] if alone else [*parts[:-1], f"{parts[-1]}\n{line}"]
    return parts


def follow(
    document: Path,
    folder: Path,
    logs: Path,
    here: Mapping[str, str] = NOTHING,
    env: Mapping[str, str] = NOTHING,
) -> int:
    """Do what a document says, on loopback and on a free port; the number of commands."""
    todo = [step for block in blocks(document) for step in steps(block)]
    port = free_port()
    with ExitStack() as servers:
        for number, step in enumerate(todo):
            log = logs / f"{number}.log"
            if SERVES.search(step):
                servers.close()
                port = free_port()
            for there, instead in {"0.0.0.0": "127.0.0.1", "8000": str(port), **here}.items():
                step = step.replace(there, instead)
            if goes_on(step):
                url = f"http://127.0.0.1:{port}/health/ready" if SERVES.search(step) else ""
                ports = {"PORT": str(port), "UVICORN_PORT": str(port)}
                servers.enter_context(serving(step, url, folder, log, {**env, **ports}))
            else:
                said = run("bash", "-euc", f"{step}\necho\npwd", cwd=folder, env=env)
                folder = Path(said.splitlines()[-1])
    return len(todo)
