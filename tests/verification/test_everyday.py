"""What any FastAPI application may have behaves in the service as in a plain one, but for a short list."""

import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection
from support.everyday import ANSWERS, applications, dependencies, responses, routers, security
from support.everyday.case import Case, Seen, Talk, Team, send, talk
from support.everyday.differences import PROBLEM_TYPE, without_id_in_body, without_request_id
from support.everyday.middlewares import INSIDE, LARGE, OUTSIDE, READERS
from support.everyday.teams import TEAMS
from support.fixtures import Render
from support.programs import run

# In one process: they share the applications.
pytestmark = pytest.mark.xdist_group("everyday")


class Served(NamedTuple):
    app: FastAPI
    client: TestClient


class Applications:
    """The service and the plain application of each team, opened when they are first asked for."""

    def __init__(self, settings: dict[str, str], stack: ExitStack) -> None:
        self.settings, self.stack = settings, stack
        self.opened: dict[str, tuple[Served, Served]] = {}

    def open(self, team: Team) -> tuple[Served, Served]:
        if team.name not in self.opened:
            made = applications.service(team, **self.settings), applications.plain(team)
            self.opened[team.name] = self.serve(made[0]), self.serve(made[1])
        return self.opened[team.name]

    def serve(self, app: FastAPI) -> Served:
        # The service raises nothing: that is one of the differences.
        return Served(app, self.stack.enter_context(TestClient(app, raise_server_exceptions=False)))


@pytest.fixture(scope="session")
def folder(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("everyday"), ANSWERS)


@pytest.fixture(scope="session")
def settings(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('everyday')}/test.db"
    run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=folder, env={"DATABASE_URL": url})
    return {"database_url": url, "model_path": f"{folder}/models/model.onnx", "log_level": "ERROR"}


@pytest.fixture(scope="session")
def opened(folder: Path, settings: dict[str, str]) -> Iterator[Applications]:
    handlers = [*logging.root.handlers]
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield Applications(settings, stack)
    logging.root.handlers[:] = handlers


def gap(reason: str, raises: type[Exception] = AssertionError) -> pytest.MarkDecorator:
    """Where the service is worse: when it is mended, this fails and goes."""
    return pytest.mark.xfail(strict=True, raises=raises, reason=reason)


def parameters(kind: str) -> list[Any]:
    return [parameter(team, case) for team in TEAMS for case in getattr(team, kind)]


def parameter(team: Team, case: Case | Talk) -> Any:
    marks = gap(case.gap) if case.gap else ()
    return pytest.param(team, case, id=f"{team.name}: {case.name}", marks=marks)


def expected(seen: Seen, case: Case) -> Seen:
    if case.differs is None:
        return seen
    intended = case.differs.intended(seen)
    assert intended != seen, f"not different: {case.differs.what}"
    return intended


@pytest.mark.parametrize(("team", "case"), parameters("cases"))
def test_a_request_is_served_as_by_a_plain_application(team: Team, case: Case, opened: Applications) -> None:
    service, plain = opened.open(team)
    seen = send(*service, case)
    if case.within:
        seen = without_request_id(seen)
    assert seen == expected(send(*plain, case), case)


def is_repeatable(case: Case) -> bool:
    # With a key, the body is read also where the handler reads none, and may then be too large.
    return case.method in ("POST", "PUT", "DELETE") and case.path != "/within/unread" and not case.gap


@pytest.mark.parametrize(
    ("team", "case"),
    [parameter(team, case) for team in TEAMS for case in team.cases if is_repeatable(case)],
)
def test_a_request_that_is_sent_twice_with_its_key_is_served_as_without_it(
    team: Team, case: Case, opened: Applications
) -> None:
    headers = {**case.options.get("headers", {}), KEY: str(uuid4())}
    with_key = replace(case, options={**case.options, "headers": headers})
    service, plain = opened.open(team)
    first, second = (without_request_id(send(*service, with_key)) for _ in range(2))
    assert first == expected(send(*plain, case), case)
    assert replace(second, trace=first.trace) == first


def test_the_background_tasks_of_a_repeated_request_run_once(opened: Applications) -> None:
    headers = {KEY: str(uuid4())}
    case = Case(name="", method="POST", path="/responses/background", options={"headers": headers})
    service, _ = opened.open(responses.TEAM)
    assert [send(*service, case).trace for _ in range(2)] == [["first", "second"], []]


@pytest.mark.parametrize(("team", "case"), parameters("talks"))
def test_a_socket_is_served_as_by_a_plain_application(team: Team, case: Talk, opened: Applications) -> None:
    service, plain = opened.open(team)
    seen = [without_own_id(each) for each in talk(*service, case)]
    assert seen == expected_talk(talk(*plain, case), case)


def without_own_id(seen: Any) -> Any:
    is_problem = isinstance(seen, Seen) and seen.headers.get("content-type") == [PROBLEM_TYPE]
    return without_id_in_body(seen, seen.body["request_id"]) if is_problem else seen


def expected_talk(seen: list[Any], case: Talk) -> list[Any]:
    if case.differs is None:
        return seen
    *talked, trace = seen
    intended = [case.differs.intended(each) for each in talked]
    assert intended != talked, f"not different: {case.differs.what}"
    return [*intended, trace]


@pytest.mark.parametrize("length", LARGE)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("team", [INSIDE, OUTSIDE], ids=lambda team: team.name)
def test_a_large_body_is_a_413_whoever_reads_it(
    team: Team, reader: str, length: str, opened: Applications
) -> None:
    headers = {READERS[reader]: "read"} if READERS[reader] else {}
    service, plain = opened.open(team)
    path = "/within/size"
    assert plain.client.post(path, content=LARGE[length], headers=headers).json() > applications.LIMIT
    response = service.client.post(path, content=LARGE[length], headers=headers)
    assert response.status_code == 413
    assert response.headers["Content-Type"] == PROBLEM_TYPE
    assert response.json()["request_id"] == response.headers["X-Request-ID"]


@pytest.mark.parametrize("kind", ["object", "list", "number"])
def test_a_detail_that_is_no_text_reaches_the_client_as_json(kind: str, opened: Applications) -> None:
    service, plain = opened.open(responses.TEAM)
    sent = responses.DETAILS[kind]
    assert plain.client.get(f"/responses/detail/{kind}").json() == {"detail": sent}
    body = service.client.get(f"/responses/detail/{kind}").json()
    # As a member of its own, or each of its members.
    assert sent in body.values() or (isinstance(sent, dict) and sent.items() <= body.items())


@pytest.mark.parametrize("kind", responses.ERRORS_OF_TEAMS)
def test_a_validation_error_that_a_team_raises_is_a_422(kind: str, opened: Applications) -> None:
    for served in opened.open(responses.TEAM):
        response = served.client.get(f"/responses/invalid/{kind}")
        assert response.status_code == 422
        assert "The shop is closed." in response.text


OF_SERVICE = {"422", "429", "default"}
KEY = "Idempotency-Key"


def described(document: dict[str, Any], path: str) -> dict[str, Any]:
    """Without what the service has its own of: IDs, responses to errors, the key of a repeated request."""
    operations = {}
    for method, operation in document["paths"][path].items():
        responses = {key: value for key, value in operation["responses"].items() if key not in OF_SERVICE}
        parameters = [each for each in operation.get("parameters", []) if each["name"] != KEY]
        own = {"operationId": None, "responses": responses, "parameters": parameters}
        operations[method] = {**operation, **own}
    return operations


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
@pytest.mark.parametrize("team", TEAMS, ids=lambda team: team.name)
def test_an_operation_is_documented_as_in_a_plain_application(team: Team, opened: Applications) -> None:
    service, plain = (served.client.get("/openapi.json").json() for served in opened.open(team))
    for path in plain["paths"]:
        assert described(service, path) == described(plain, path)
    schemas = plain.get("components", {}).get("schemas", {})
    own = {"HTTPValidationError", "ValidationError"}
    for name in schemas.keys() - own:
        assert service["components"]["schemas"][name] == schemas[name]


@gap("an operation ID is the name of a function alone (create_app)", raises=UserWarning)
def test_a_router_that_is_included_twice_has_different_operation_ids(opened: Applications) -> None:
    service = import_module("app.factory").create_app(import_module("app.settings").Settings(_env_file=None))
    router = APIRouter()

    @router.get("/price")
    async def read_price() -> int:
        return 1

    for app in (FastAPI(), service):
        app.include_router(router, prefix="/v2")
        app.include_router(router, prefix="/v3")
        found = [
            operation["operationId"]
            for _, path in app.openapi()["paths"].items()
            for operation in path.values()
        ]
        assert len(set(found)) == len(found)


@pytest.mark.parametrize("team", [routers.TEAM], ids=lambda team: team.name)
def test_a_root_path_of_the_application_is_that_of_a_plain_one(team: Team, opened: Applications) -> None:
    seen = []
    for served in opened.open(team):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(served.app, "root_path", "/api")
            seen.append(
                [served.client.get(path).json() for path in ("/shelves/top", "/api/teams/red/members/me")]
            )
            seen[-1].append(served.client.get("/addresses").json())
    assert seen[0] == seen[1]


def test_the_session_of_the_service_can_be_overridden(opened: Applications) -> None:
    app, client = opened.open(dependencies.TEAM)[0]
    get_session = import_module("app.database.sql").get_session
    used: list[str] = []

    async def watched(connection: HTTPConnection) -> AsyncIterator[Any]:
        async for session in get_session(connection):
            used.append("opened")
            yield session
            used.append("closed")

    assert client.post("/v1/users", json={"name": "one"}).status_code == 201
    assert used == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.dependency_overrides, get_session, watched)
        assert client.post("/v1/users", json={"name": "two"}).status_code == 201
        assert used == ["opened", "closed"]
        assert client.get("/v1/users").json()["items"]


@pytest.fixture(params=["service", "plain"])
def fresh(request: pytest.FixtureRequest, opened: Applications) -> FastAPI:
    """One that no other test has opened."""
    if request.param == "plain":
        return applications.plain(responses.TEAM)
    return applications.service(responses.TEAM, **opened.settings)


def test_an_application_can_be_opened_again(fresh: FastAPI) -> None:
    for _ in range(2):
        with TestClient(fresh) as client:
            assert client.get("/responses/sync").json() == "GET"


def test_the_document_can_be_extended(fresh: FastAPI) -> None:
    def extended() -> dict[str, Any]:
        return {**get_openapi(title="Ours", version="7", routes=fresh.routes), "x-logo": {"url": "/logo.png"}}

    with pytest.MonkeyPatch.context() as patch, TestClient(fresh) as client:
        patch.setattr(fresh, "openapi", extended)
        document = client.get("/openapi.json").json()
    assert document["info"] == {"title": "Ours", "version": "7"}
    assert document["x-logo"] == {"url": "/logo.png"}


@gap("behind a root path, the servers of the document are replaced (install_predictions)")
def test_the_document_names_all_servers(opened: Applications) -> None:
    seen = []
    for made in (applications.service(security.TEAM, **opened.settings), applications.plain(security.TEAM)):
        made.servers = [{"url": "https://shop.example"}]
        with TestClient(made, root_path="/api") as client:
            seen.append(client.get("/openapi.json").json()["servers"])
    assert seen[0] == seen[1]


def test_a_request_id_is_sent_once(opened: Applications) -> None:
    client = opened.open(responses.TEAM)[0].client
    assert len(client.get("/responses/proxied").headers.get_list("X-Request-ID")) == 1
