"""Adds domains and fields: `python scripts/domain.py "orders(total:decimal, status:new|paid)"`."""

import argparse
from pathlib import Path

from scaffold.change import add_field, undo
from scaffold.fields import domain_problems, read_domains
from scaffold.write import generate, known_domains, obstacles, recorded, refuse

ROOT = Path(__file__).resolve().parent.parent


def add(root: Path, text: str, dry_run: bool) -> None:
    refuse(domain_problems(text or "none", known_domains(root)))
    there = recorded(root)
    wanted = [domain for domain in read_domains(text) if domain not in there]
    if not wanted and read_domains(text):
        print("Nothing to do: these domains are there.")
        return
    text = ", ".join(domain.text for domain in wanted)
    refuse(obstacles(root, text))
    paths = generate(root, text, dry_run)
    if dry_run:
        print("\n".join(path.as_posix() for path in paths))
    else:
        tell(paths)


def tell(written: list[Path]) -> None:
    if not written:
        print("Nothing to do: this field is there.")
        return
    folders = sorted({path.parent.as_posix() for path in written})
    print(f"Wrote {len(written)} files in {', '.join(folders)}.")
    print("Next: make check")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domains", nargs="*")
    parser.add_argument("--dry-run", action="store_true", help="print the files that would be written")
    parser.add_argument("--field", help="a field that this domain gets, or a field with more values")
    parser.add_argument("--undo", action="store_true", help="remove a domain that was generated")
    parser.add_argument("--force", action="store_true", help="remove changed files, too")
    options = parser.parse_args()
    text = " ".join(options.domains)
    if options.field is not None:
        tell(add_field(ROOT, text, options.field))
    elif options.undo:
        gone, migrations = undo(ROOT, text, options.force)
        print("\n".join(["Removed:", *map(str, gone)]))
        for migration in migrations:
            print(f"Wrote {migration}, which drops the table. Next: make migrate")
    else:
        add(ROOT, text, options.dry_run)


if __name__ == "__main__":
    main()
