"""What the hooks define, and the package that generates domains."""

import runpy
from pathlib import Path
from types import SimpleNamespace

from .paths import RAW, ROOT


def load(path: Path) -> SimpleNamespace:
    """What a hook defines, unrendered; it does not do its work."""
    return SimpleNamespace(**runpy.run_path(str(path)))


PRE_GEN = load(ROOT / "hooks" / "pre_gen_project.py")
POST_GEN = load(ROOT / "hooks" / "post_gen_project.py")
SCAFFOLD = POST_GEN.scaffold(RAW)
FIELDS, NAMES, REGISTRY, RENDER, WRITE = (
    SCAFFOLD.fields,
    SCAFFOLD.names,
    SCAFFOLD.registry,
    SCAFFOLD.render,
    SCAFFOLD.write,
)
