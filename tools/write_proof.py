"""Writes docs/proof.md from what pytest has recorded: python tools/write_proof.py build/proof.xml"""

import sys
from pathlib import Path

import proof_page as page
from proof_results import Result, collected, results, with_absent
from template import ROOT, digest

HEAD = Path(__file__).with_name("proof_head.md")


def is_current() -> bool:
    """Whether the page is of the template that lies here."""
    return f"`{digest()}`" in (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")


def written(found: list[Result]) -> str:
    runs = sorted({result.properties["run"] for result in found if "run" in result.properties})
    text = HEAD.read_text(encoding="utf-8").format(digest=digest(), runs="; ".join(runs)) + page.layers(found)
    text += "## Pythons\n\n" + page.pythons(found)
    text += "## Counts\n\n" + page.counts(found)
    text += "## Not proven\n\n" + page.reasons(found)
    text += "## Mutants that survived\n\nChanges to the code that no test has noticed, of the sample.\n\n"
    text += page.survivors(found)
    text += "## What an answer costs\n\nThe other answers are the defaults.\n\n" + page.costs(found)
    return text.rstrip() + "\n"


def main() -> None:
    if sys.argv[1:] == ["--check"]:
        sys.exit(None if is_current() else "docs/proof.md is of another template: run `make proof`.")
    found = with_absent(results(sys.argv[1:], digest()), [*collected()])
    (ROOT / "docs" / "proof.md").write_text(written(found), encoding="utf-8")


if __name__ == "__main__":
    main()
