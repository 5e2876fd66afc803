"""Prints the section of CHANGELOG.md for a tag; refuses a tag without one, and a tag of another version."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATE = r"\d{4}-\d{2}-\d{2}"


def find_section(changelog: str, version: str) -> str:
    """What stands below `## 1.2.3 - 2026-01-31`, up to the next heading of that level."""
    heading = rf"^## \[?{re.escape(version)}\]? - {DATE}[ ]*$"
    section = re.search(rf"{heading}\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return section[1].strip() if section else ""


def find_notes(tag: str, project: str, changelog: str) -> str:
    version: str = tomllib.loads(project)["project"]["version"]
    if tag != f"v{version}":
        sys.exit(f"{tag}: pyproject.toml has the version {version}. Tag v{version}, or change it first.")
    notes = find_section(changelog, version)
    if not notes:
        heading = f"## {version} - YYYY-MM-DD"
        sys.exit(f"{tag}: CHANGELOG.md has no text below `{heading}`. Move there what is under Unreleased.")
    return notes


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("Usage: python3 .github/release_notes.py v1.2.3")
    files = (ROOT / name for name in ("pyproject.toml", "CHANGELOG.md"))
    sys.stdout.write(find_notes(sys.argv[1], *(file.read_text(encoding="utf-8") for file in files)) + "\n")


if __name__ == "__main__":
    main()
