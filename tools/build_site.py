"""Builds the page that renders in the browser into `build/site/`: static files for any host.

The page renders this commit, and compares it with the last release before; until there is one, with the
commit before.
"""

import argparse
import re
from pathlib import Path

from site_builder.assembly import build
from site_builder.releases import names, release, uncommitted
from template import ROOT


def published() -> str:
    """Where the README says that the template is."""
    found = re.search(r"uvx cookiecutter (\S+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert found, "README.md has no command that renders a service"
    return found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--template", default=published(), help="what people give to cookiecutter")
    parser.add_argument("--repository", type=Path, default=ROOT, help="where the history of the template is")
    parser.add_argument("--old", help="the tag or commit to compare with")
    parser.add_argument("--new", help="the tag or commit that is rendered")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "site")
    given = parser.parse_args()
    old, new = names(given.repository)
    older, newer = release(given.repository, given.old or old), release(given.repository, given.new or new)
    if changed := uncommitted(given.repository):
        print("The page renders what is committed; these files differ from it:", *changed, sep="\n  ")
    build(given.output, older, newer, given.template)
    size = sum(path.stat().st_size for path in given.output.rglob("*") if path.is_file())
    print(f"The page with {newer.name}, compared with {older.name}: {size / 1e6:.1f} MB")
    print(f"To look at it: python3 -m http.server --directory {given.output}")


if __name__ == "__main__":
    main()
