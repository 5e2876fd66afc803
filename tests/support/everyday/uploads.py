"""Files and forms, which need python-multipart."""

from typing import Annotated, Any

from fastapi import File, Form, Request, UploadFile
from pydantic import BaseModel

from .applications import LIMIT
from .case import Case, Endpoints, Team
from .differences import INVALID, PROBLEM, too_large

router = Endpoints("/uploads")


class Order(BaseModel, extra="forbid"):
    name: str
    count: int = 1


async def describe(file: UploadFile) -> dict[str, Any]:
    text = (await file.read()).decode()
    return {"name": file.filename, "type": file.content_type, "size": file.size, "text": text[:50]}


@router.post("/one")
async def one(file: UploadFile) -> dict[str, Any]:
    return await describe(file)


@router.post("/bytes")
async def as_bytes(file: Annotated[bytes, File()]) -> int:
    return len(file)


@router.post("/many")
async def many(files: list[UploadFile]) -> list[dict[str, Any]]:
    return [await describe(file) for file in files]


@router.post("/mixed")
async def mixed(title: Annotated[str, Form()], tags: Annotated[list[str], Form()], file: UploadFile) -> Any:
    return {"title": title, "tags": tags, "file": await describe(file)}


@router.post("/optional")
async def optional(file: UploadFile | None = None) -> bool:
    return file is not None


@router.post("/model")
async def model(data: Annotated[Order, Form()]) -> Order:
    return data


@router.post("/raw")
async def raw(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: str(value) for name, value in form.items()}


@router.post("/sync")
def sync(file: UploadFile) -> int:
    return len(file.file.read())


FILE = ("a.txt", b"some text", "text/plain")
LARGE = ("large.bin", b"x" * (LIMIT + 1), "application/octet-stream")
BROKEN = {"content": b"no parts", "headers": {"Content-Type": "multipart/form-data"}}
CUT = {
    "content": b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf',
    "headers": {"Content-Type": "multipart/form-data; boundary=b"},
}


def post(name: str, path: str, **more: Any) -> Case:
    known = {key: more.pop(key) for key in ("differs", "gap") if key in more}
    return Case(name=name, method="POST", path=f"/uploads/{path}", options=more, **known)


TEAM = Team(
    "uploads",
    router.install,
    (
        post("a file", "one", files={"file": FILE}),
        post("an empty file", "one", files={"file": ("empty", b"", "text/plain")}),
        post("a file with a name in Korean", "one", files={"file": ("파일.txt", b"x", "text/plain")}),
        post("a file as bytes", "bytes", files={"file": FILE}),
        post("a file in a thread", "sync", files={"file": FILE}),
        post("several files", "many", files=[("files", FILE), ("files", ("b.txt", b"other", "text/csv"))]),
        post("a file and fields", "mixed", files={"file": FILE}, data={"title": "t", "tags": ["a", "b"]}),
        post("a file that may be absent", "optional"),
        post("a form model", "model", data={"name": "n", "count": "3"}),
        post("a form read by hand", "raw", data={"name": "n", "count": "3"}),
        post("no file", "one", data={"title": "t"}, differs=INVALID),
        post("no form at all", "one", differs=INVALID),
        post("a text where a file belongs", "one", data={"file": "text"}, differs=INVALID),
        post("a file and no fields", "mixed", files={"file": FILE}, differs=INVALID),
        post("a wrong number in a form", "model", data={"name": "n", "count": "many"}, differs=INVALID),
        post("an unknown field of a form", "model", data={"name": "n", "other": "x"}, differs=INVALID),
        post("JSON instead of a form", "model", json={"name": "n"}, differs=INVALID),
        post("a form without a boundary", "one", **BROKEN, differs=PROBLEM),
        post("a form that is cut off", "one", **CUT, differs=INVALID),
        post("too many fields", "raw", files=[(f"f{n}", (None, "x")) for n in range(1001)], differs=PROBLEM),
        post("a large file", "one", files={"file": LARGE}, differs=too_large(LIMIT)),
        post("a large file as bytes", "bytes", files={"file": LARGE}, differs=too_large(LIMIT)),
        post("a large form", "model", data={"name": "x" * LIMIT}, differs=too_large(LIMIT)),
        post("a large form read by hand", "raw", data={"name": "x" * LIMIT}, differs=too_large(LIMIT)),
    ),
)
