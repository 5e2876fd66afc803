"""What any FastAPI application may have behaves in the service as it does in a plain one, but for a short list."""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.everyday import applications
from support.everyday.case import Case, Seen, Talk, Team, send, talk
from support.everyday.differences import without_request_id
from support.everyday.teams import TEAMS
from support.programs import run
from template import SERVICE

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
        return Served(app, self.stack.enter_context(TestClient(app, raise_server_exceptions=False)))


@pytest.fixture(scope="session")
def raw_service(template: Path) -> Path:
    return template / SERVICE


@pytest.fixture(scope="session")
def settings(raw_service: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('everyday')}/test.db"
    run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=raw_service, env={"DATABASE_URL": url})
    return {"database_url": url, "model_path": f"{raw_service}/models/model.onnx", "log_level": "ERROR"}


@pytest.fixture(scope="session")
def opened(raw_service: Path, settings: dict[str, str]) -> Iterator[Applications]:
    handlers = [*logging.root.handlers]
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(raw_service)
        yield Applications(settings, stack)
    logging.root.handlers[:] = handlers


def parameters(kind: str) -> list[Any]:
    return [parameter(team, case) for team in TEAMS for case in getattr(team, kind)]


def parameter(team: Team, case: Case | Talk) -> Any:
    gap = pytest.mark.xfail(strict=True, raises=AssertionError, reason=case.gap)
    return pytest.param(team, case, id=f"{team.name}: {case.name}", marks=gap if case.gap else ())


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


@pytest.mark.parametrize(("team", "case"), parameters("talks"))
def test_a_socket_is_served_as_by_a_plain_application(team: Team, case: Talk, opened: Applications) -> None:
    service, plain = opened.open(team)
    assert talk(*service, case) == expected_talk(talk(*plain, case), case)


def expected_talk(seen: list[Any], case: Talk) -> list[Any]:
    if case.differs is None:
        return seen
    return [case.differs.intended(each) if isinstance(each, Seen) else each for each in seen]
