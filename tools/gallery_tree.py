"""A service as a tree: all of `app/`, and of what lies next to it the names."""

from pathlib import Path

WHOLE = "app"


def tree(service: Path) -> str:
    return "\n".join([f"{service.name}/", *branches(service, opened=False)])


def branches(folder: Path, opened: bool) -> list[str]:
    """Folders first, each with what is in it, or with how many files are."""
    paths = sorted(folder.iterdir(), key=lambda path: (path.is_file(), path.name))
    texts = []
    for path in paths:
        last = path == paths[-1]
        shown = opened or path.name == WHOLE
        inner = branches(path, opened=True) if path.is_dir() and shown else []
        texts.append(f"{'└── ' if last else '├── '}{label(path, shown)}")
        texts += [f"{'    ' if last else '│   '}{text}" for text in inner]
    return texts


def label(path: Path, shown: bool) -> str:
    if path.is_file():
        return path.name
    number = sum(each.is_file() for each in path.rglob("*"))
    return f"{path.name}/" if shown else f"{path.name}/ ({number} files)"
