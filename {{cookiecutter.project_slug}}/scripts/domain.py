"""Adds domains: `python scripts/domain.py "orders(total:decimal, status:new|paid, customer:customers)"`."""

import argparse
from pathlib import Path

from scaffold.fields import domain_problems, read_domains
from scaffold.write import generate, known_domains, new_files, obstacles, refuse

ROOT = Path(__file__).resolve().parent.parent


def add(root: Path, text: str, dry_run: bool) -> None:
    refuse(domain_problems(text or "none", known_domains(root)) or obstacles(root, text))
    if dry_run:
        print("\n".join(path.relative_to(root).as_posix() for path in new_files(root, read_domains(text))))
        return
    written = generate(root, text)
    folders = sorted({path.parent.as_posix() for path in written})
    print(f"Wrote {len(written)} files in {', '.join(folders)}.")
    print("Next: make check")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domains", nargs="*")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written")
    options = parser.parse_args()
    add(ROOT, " ".join(options.domains), options.dry_run)
