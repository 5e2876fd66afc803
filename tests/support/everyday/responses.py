"""What endpoints read and return: parameters, models, classes of responses, background tasks."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import (
    BackgroundTasks,
    Body,
    Cookie,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from pydantic import BaseModel, Field, ValidationError, model_validator

from .case import Case, Endpoints, Team
from .differences import FAILURE, INVALID, NO_TEXT, NOT_JSON, PROBLEM

router = Endpoints("/responses")
FILE = Path(tempfile.mkdtemp()) / "file.txt"
FILE.write_text("0123456789")


class Item(BaseModel):
    id: int
    name: str = "unnamed"
    password: str | None = None
    price: float | None = Field(None, serialization_alias="unitPrice")


class Public(BaseModel):
    id: int
    name: str


class Common(BaseModel, extra="forbid"):
    trace: str
    if_match: list[str] = []


class Period(BaseModel):
    start: int
    end: int

    @model_validator(mode="after")
    def in_order(self) -> "Period":
        if self.start > self.end:
            raise ValueError("ends before it starts")
        return self


@router.get("/model", response_model=Public)
async def model() -> Any:
    return Item(id=1, password="s3cret")


@router.get("/model/short", response_model_exclude_unset=True, response_model_exclude={"id"})
async def short() -> Item:
    return Item(id=1, price=2.5)


@router.get("/model/none", response_model_exclude_none=True, response_model_by_alias=False)
async def none() -> list[Item]:
    return [Item(id=1), Item(id=2, price=1)]


@router.get("/model/wrong", response_model=Public)
async def wrong() -> Any:
    return {"id": "no number"}


@router.get("/sync")
def in_thread(request: Request) -> str:
    return request.method


@router.get("/sync/fails")
def fails_in_thread() -> None:
    raise LookupError


@router.get("/file")
async def file() -> FileResponse:
    return FileResponse(FILE, filename="a b.txt", headers={"X-Ours": "yes"})


@router.get("/file/none")
async def no_file() -> FileResponse:
    return FileResponse(FILE.with_name("none"))


@router.get("/redirect")
async def redirect() -> RedirectResponse:
    return RedirectResponse("/responses/model?a=1", 303)


@router.get("/html", response_class=HTMLResponse)
async def html() -> str:
    return "<p>hello</p>"


@router.get("/text", response_class=PlainTextResponse, status_code=202)
async def text() -> str:
    return "hello"


@router.get("/json")
async def json() -> JSONResponse:
    return JSONResponse({"b": [1, None]}, 201, {"Location": "/here"})


@router.get("/cookies")
@router.post("/cookies", name="post_cookies")
async def cookies(response: Response) -> str:
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2", secure=True, samesite="strict")
    response.delete_cookie("c")
    response.headers["X-Ours"] = "yes"
    response.status_code = 203
    return "set"


@router.get("/proxied")
async def proxied() -> JSONResponse:
    """With the headers of another service."""
    return JSONResponse("hello", headers={"X-Request-ID": "theirs"})


@router.get("/headers")
async def headers(
    user_agent: Annotated[str, Header()],
    x_many: Annotated[list[int], Header()],
    session: Annotated[str | None, Cookie()] = None,
) -> list[Any]:
    return [user_agent, x_many, session]


@router.get("/headers/model")
async def header_model(values: Annotated[Public, Query()], session: Annotated[Common, Cookie()]) -> list[Any]:
    return [values, session]


@router.get("/query")
async def query(kind: Literal["a", "b"], tags: Annotated[list[str], Query(max_length=2)] = []) -> list[Any]:  # noqa: B006
    return [kind, tags]


@router.post("/body")
async def body(item: Item, size: Annotated[int, Body(gt=0)], note: Annotated[str, Body()] = "") -> list[Any]:
    return [item.id, size, note]


@router.post("/body/embedded")
async def embedded(item: Annotated[Item, Body(embed=True)]) -> int:
    return item.id


@router.post("/body/bytes")
async def raw(request: Request) -> int:
    return len([chunk async for chunk in request.stream()])


@router.post("/body/period")
async def period(data: Period) -> int:
    return data.end - data.start


@router.post("/body/checked-later")
async def checked_later(data: dict[str, int]) -> Period:
    try:
        return Period(**data)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_context=False)) from None


ERRORS_OF_TEAMS: dict[str, list[Any]] = {
    "with a place": [{"loc": ("query", "day"), "msg": "The shop is closed.", "type": "closed"}],
    "without a place": [{"msg": "The shop is closed.", "type": "closed"}],
    "in words": ["The shop is closed."],
}


@router.get("/invalid/{kind}")
async def invalid(kind: str) -> None:
    raise RequestValidationError(ERRORS_OF_TEAMS[kind])


@router.get("/background")
@router.post("/background", name="post_background")
async def background(request: Request, tasks: BackgroundTasks) -> str:
    tasks.add_task(request.app.state.trace.append, "first")
    tasks.add_task(request.app.state.trace.append, "second")
    return "later"


@router.get("/background/fails")
async def failing_background(request: Request, tasks: BackgroundTasks) -> str:
    tasks.add_task(int, "no number")
    tasks.add_task(request.app.state.trace.append, "never")
    return "later"


DETAILS: dict[str, Any] = {
    "text": "Words.",
    "object": {"code": 7, "why": "because"},
    "list": [{"code": 7}],
    "number": 7,
    "nothing": None,
}


@router.get("/detail/{kind}")
async def detail(kind: str) -> None:
    raise HTTPException(409, DETAILS[kind])


def get(path: str, **known: Any) -> Case:
    options = {key: known.pop(key) for key in ("headers", "params", "json", "content") if key in known}
    method = known.pop("method", "GET")
    name = known.pop("name", f"{method} {path} {options or ''}".strip())
    return Case(name=name, method=method, path=f"/responses/{path}", options=options, **known)


def post(path: str, **known: Any) -> Case:
    return get(path, method="POST", **known)


JSON = {"Content-Type": "application/json"}
TEAM = Team(
    "responses",
    router.install,
    (
        *(
            get(path)
            for path in ("model", "model/short", "model/none", "sync", "file", "redirect", "html", "text")
        ),
        *(get(path) for path in ("json", "cookies", "background", "background/fails")),
        get("model/wrong", differs=FAILURE),
        get("sync/fails", differs=FAILURE),
        get("file/none", differs=FAILURE),
        get("file", headers={"Range": "bytes=2-4"}),
        get("file", headers={"Range": "bytes=20-"}),
        get("headers", headers={"X-Many": "1", "Cookie": "session=s"}),
        get("headers", differs=INVALID),
        get("headers", headers={"X-Many": "x"}, differs=INVALID),
        get("headers/model", params={"id": 1, "name": "n"}, headers={"Cookie": "trace=t"}),
        get("headers/model", params={"id": "x"}, headers={"Cookie": "other=t"}, differs=INVALID),
        get("query", params={"kind": "a", "tags": ["x", "y"]}),
        get("query", params={"kind": "c", "tags": ["x", "y", "z"]}, differs=INVALID),
        post("body", json={"item": {"id": 1}, "size": 2}),
        post("body", json={"item": {"id": "x"}, "size": 0}, differs=INVALID),
        post("body", differs=INVALID),
        post("body", content=b"{", headers=JSON, differs=INVALID),
        post("body", content=b"\xff", headers=JSON, differs=NO_TEXT),
        post("body", content=b'{"item": 1}', headers={"Content-Type": "text/plain"}, differs=NOT_JSON),
        post("cookies"),
        post("background"),
        post("body/embedded", json={"item": {"id": 1}}),
        post("body/embedded", json={"id": 1}, differs=INVALID),
        post("body/bytes", content=b"abc"),
        post("body/period", json={"start": 2, "end": 1}, differs=INVALID),
        post("body/checked-later", json={"start": 1, "end": 3}),
        post("body/checked-later", json={"start": 1}, differs=INVALID),
        post(
            "body/checked-later",
            json={"start": 2, "end": 1},
            name="an error of a whole model, raised by hand",
            differs=INVALID,
        ),
        get("detail/text", differs=PROBLEM),
        get("detail/nothing", differs=PROBLEM),
    ),
)
