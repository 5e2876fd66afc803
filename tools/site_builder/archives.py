"""Archives that come out the same each time, and what packages have in theirs."""

import gzip
import io
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping

# What no import reads, and the half of `fastapi_offline` that no page of ours shows.
LEFT_OUT = re.compile(
    r"\.(pyi|pyx|c|h|txt|typed)$|/(tests?|_yaml|\.agents|licenses|sboms)/|redoc|/(RECORD|WHEEL)$|^pydantic/(v1|mypy)"
)
Files = dict[str, bytes]


def packed(files: Mapping[str, bytes]) -> bytes:
    """As small as Python itself can unpack it: many short files that resemble each other."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz", preset=9) as archive:
        # Those of a kind next to each other.
        for name in sorted(files, key=lambda name: (name.rpartition(".")[2], name)):
            info = tarfile.TarInfo(name)
            info.size = len(files[name])
            archive.addfile(info, io.BytesIO(files[name]))
    return out.getvalue()


def stored(content: bytes) -> bytes:
    """A ZIP without compression, which is smaller when all of it is compressed at once."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, text in sorted(in_zip(content).items()):
            archive.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()


def zipped(content: bytes) -> bytes:
    """For a page that unpacks it itself, whatever its host does."""
    return gzip.compress(content, 9, mtime=0)


def in_zip(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def in_tar(content: bytes) -> Files:
    """Without the folder that all of it is in."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for info in archive:
            if member := archive.extractfile(info):
                found[info.name.partition("/")[2]] = member.read()
    return found


def importable(file: str, content: bytes) -> Files:
    """What Python imports of a package; of a source, without what has to be compiled."""
    found = in_zip(content) if file.endswith(".whl") else dict(of_source(in_tar(content)))
    return {name: shortened(name, text) for name, text in found.items() if not is_left_out(name)}


def of_source(files: Files) -> Iterator[tuple[str, bytes]]:
    for name, text in files.items():
        folder, _, rest = name.partition("/")
        if folder in ("src", "lib"):
            yield rest, text


def is_left_out(name: str) -> bool:
    return LEFT_OUT.search(name) is not None and not name.endswith("/entry_points.txt")


def shortened(name: str, text: bytes) -> bytes:
    """The README, which a wheel has below its metadata, is for people."""
    return text.partition(b"\n\n")[0] + b"\n" if name.endswith(".dist-info/METADATA") else text
