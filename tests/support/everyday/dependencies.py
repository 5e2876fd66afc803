"""Dependencies: with `yield`, below others, overridden; and where an application keeps its things."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request
from starlette.requests import HTTPConnection

from .case import Case, Parts, Team
from .differences import FAILURE, PROBLEM


class OutOfStockError(Exception):
    pass


def note(connection: HTTPConnection, text: str) -> None:
    connection.app.state.trace.append(text)


def traced(connection: HTTPConnection, name: str) -> Iterator[str]:
    note(connection, f"{name} opened")
    try:
        yield name
    except BaseException as error:
        note(connection, f"{name} saw {type(error).__name__}")
        raise
    finally:
        note(connection, f"{name} closed")


async def outer(connection: HTTPConnection) -> AsyncIterator[str]:
    for name in traced(connection, "outer"):
        yield name


def plain_outer(connection: HTTPConnection) -> Iterator[str]:
    yield from traced(connection, "outer")


async def inner(connection: HTTPConnection, name: Annotated[str, Depends(plain_outer)]) -> AsyncIterator[str]:
    note(connection, "inner opened")
    try:
        yield f"inner of {name}"
    except BaseException as error:
        note(connection, f"inner saw {type(error).__name__}")
        raise
    finally:
        note(connection, "inner closed")


async def swallows(connection: HTTPConnection) -> AsyncIterator[None]:
    try:
        yield
    except OutOfStockError:
        note(connection, "swallowed")


async def translates() -> AsyncIterator[None]:
    try:
        yield
    except OutOfStockError:
        raise HTTPException(418, "None left.") from None


async def fails_at_the_end() -> AsyncIterator[None]:
    yield
    raise LookupError


async def current_user() -> str:
    return "nobody known"


async def settings_of_team() -> AsyncIterator[str]:
    yield "real"


InnerDep = Annotated[str, Depends(inner)]


def add_traced(router: APIRouter, parts: Parts) -> None:
    def error_of(kind: str) -> Exception:
        known = {"http": HTTPException(403, "No."), "missing": parts.not_found("no such item")}
        return known.get(kind) or LookupError()

    @router.get("/traced")
    async def read(request: Request, name: InnerDep, background: BackgroundTasks) -> str:
        background.add_task(note, request, "background")
        note(request, "handler")
        return name

    @router.get("/traced/sync")
    def read_in_thread(request: Request, name: InnerDep) -> str:
        note(request, "handler")
        return name

    @router.get("/traced/function")
    async def read_early(
        request: Request,
        name: Annotated[str, Depends(plain_outer, scope="function")],
        background: BackgroundTasks,
    ) -> str:
        background.add_task(note, request, "background")
        return name

    @router.get("/traced/{kind}")
    async def fail(kind: str, name: InnerDep) -> None:
        raise error_of(kind)

    @router.get("/raises/{kind}", dependencies=[Depends(inner)])
    async def never(kind: str, _: Annotated[None, Depends(raises)]) -> None: ...

    @router.get("/ends/{scope}")
    async def ends(scope: str) -> None: ...


async def raises(kind: str) -> None:
    raise HTTPException(403, kind)


def add_ends(router: APIRouter) -> None:
    async def out_of_stock() -> None:
        raise OutOfStockError

    async def well() -> str:
        return "well"

    router.get("/swallows", dependencies=[Depends(swallows)], name="swallows")(out_of_stock)
    router.get("/translates", dependencies=[Depends(translates)], name="translates")(out_of_stock)
    router.get("/translates/early", dependencies=[Depends(translates, scope="function")], name="early")(
        out_of_stock
    )
    router.get("/fails/late", dependencies=[Depends(fails_at_the_end)], name="late")(well)
    router.get(
        "/fails/early", dependencies=[Depends(fails_at_the_end, scope="function")], name="fails_early"
    )(well)


def add_state(app: FastAPI, router: APIRouter) -> None:
    app.state.shop = "open"

    async def remember(request: Request) -> None:
        request.state.user = "ann"

    @router.get("/state", dependencies=[Depends(remember)])
    async def state(request: Request) -> list[Any]:
        return [request.app.state.shop, request.state.user, request.state.catalogue, request.app is app]

    @router.get("/overridden")
    async def overridden(
        user: Annotated[str, Depends(current_user)], value: Annotated[str, Depends(settings_of_team)]
    ) -> list[str]:
        return [user, value]


@asynccontextmanager
async def catalogue(_: FastAPI) -> AsyncGenerator[dict[str, str]]:
    yield {"catalogue": "opened with the router"}


def install(app: FastAPI, parts: Parts) -> None:
    router = APIRouter(prefix="/depends", lifespan=catalogue)
    add_state(app, router)
    add_ends(router)
    add_traced(router, parts)
    app.include_router(router)

    async def fake_user() -> str:
        return "fake user"

    async def fake_settings(request: Request) -> AsyncIterator[str]:
        yield "fake"
        note(request, "fake closed")

    app.dependency_overrides[current_user] = fake_user
    app.dependency_overrides[settings_of_team] = fake_settings


TEAM = Team(
    "dependencies",
    install,
    (
        Case(name="exits after the response, the last one first", path="/depends/traced"),
        Case(name="exits of a handler in a thread", path="/depends/traced/sync"),
        Case(name="exits before the response", path="/depends/traced/function"),
        Case(name="an HTTPException is seen by each", path="/depends/traced/http", differs=PROBLEM),
        Case(name="an unexpected error is seen by each", path="/depends/traced/other", differs=FAILURE),
        Case(name="a dependency that refuses", path="/depends/raises/no", differs=PROBLEM),
        Case(name="a dependency that swallows", path="/depends/swallows", differs=FAILURE),
        Case(name="a dependency that translates", path="/depends/translates", differs=PROBLEM),
        Case(name="a dependency that translates early", path="/depends/translates/early", differs=PROBLEM),
        Case(name="an exit that fails after the response", path="/depends/fails/late"),
        Case(name="an exit that fails before the response", path="/depends/fails/early", differs=FAILURE),
        Case(name="state of the application, the lifespan and the request", path="/depends/state"),
        Case(name="overridden dependencies", path="/depends/overridden"),
    ),
)
