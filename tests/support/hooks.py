"""What the hooks and the script for domains define."""

import runpy
from pathlib import Path
from types import SimpleNamespace

from .paths import RAW, ROOT


def load(path: Path) -> SimpleNamespace:
    """What a hook or script defines, unrendered; it does not do its work."""
    return SimpleNamespace(**runpy.run_path(str(path)))


PRE_GEN = load(ROOT / "hooks" / "pre_gen_project.py")
POST_GEN = load(ROOT / "hooks" / "post_gen_project.py")
DOMAIN = load(RAW / "scripts" / "domain.py")
