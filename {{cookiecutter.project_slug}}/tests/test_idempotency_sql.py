"""Keys in the database: for all processes, and committed with the work of the request."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, insert, select, update

from app.clock import now
from app.database import Database, SessionDep
from app.factory import create_app
from app.idempotency.store_sql import EXPIRED_AT_ONCE, KEYS
from app.settings import Settings
from tests.support.tables import ADD_CHILD, ADD_PARENT

KEY = {"Idempotency-Key": "the-first"}


def add_routes(app: FastAPI) -> FastAPI:
    @app.post("/parent", status_code=201, include_in_schema=False)
    async def add_parent(session: SessionDep) -> str:
        await session.execute(ADD_PARENT)
        return "added"

    @app.post("/child", status_code=201, include_in_schema=False)
    async def add_child(session: SessionDep) -> str:
        await session.execute(ADD_CHILD)
        return "never added"

    @app.post("/probe/nothing", include_in_schema=False)
    async def do_nothing() -> None: ...

    return app


@pytest.fixture
def app(app: FastAPI, tables: None) -> FastAPI:
    return add_routes(app)


@pytest.fixture
def other_client(app: FastAPI, settings: Settings) -> Iterator[TestClient]:
    """Of another process, as far as the database can tell."""
    with TestClient(add_routes(create_app(settings))) as client:
        yield client


def count_keys(client: TestClient) -> int:
    async def count(database: Database) -> int:
        async with database.begin() as session:
            return int(await session.scalar(select(func.count()).select_from(KEYS)) or 0)

    assert client.portal
    return client.portal.call(count, client.app_state["database"])


def test_one_key_is_for_all_processes(client: TestClient, other_client: TestClient) -> None:
    def add(sender: TestClient) -> Any:
        return sender.post("/parent", headers=KEY)

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(add, [client, other_client] * 8))
    # The row itself can be there only once: any further effect would have been a conflict.
    assert {response.status_code for response in responses} <= {201, 409}
    assert client.post("/parent", headers=KEY).status_code == 201
    assert other_client.post("/parent", headers=KEY).status_code == 201
    assert client.post("/parent").status_code == 409
    assert count_keys(client) == 1


def test_a_commit_that_fails_keeps_no_response(client: TestClient) -> None:
    for _ in range(2):
        assert client.post("/child", headers=KEY).status_code == 409
    assert count_keys(client) == 0


async def make_old(database: Database) -> None:
    """What is stored, and before it twice as much as one request removes."""
    long_ago = now() - timedelta(days=400)
    async with database.begin() as session:
        [row] = (await session.execute(select(KEYS))).mappings()
        await session.execute(update(KEYS).values(created_at=long_ago))
        older = {**row, "created_at": long_ago - timedelta(days=1)}
        await session.execute(insert(KEYS), [{**older, "key": f"{n}"} for n in range(2 * EXPIRED_AT_ONCE)])


def test_a_key_whose_time_is_over_is_new_however_many_older_ones_there_are(client: TestClient) -> None:
    assert client.post("/probe/nothing", headers=KEY).status_code == 200
    assert client.portal
    client.portal.call(make_old, client.app_state["database"])
    assert client.post("/probe/nothing", headers=KEY).status_code == 200
    assert count_keys(client) == EXPIRED_AT_ONCE + 1


class TestShortMemory:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"idempotency_ttl": 0})

    def test_old_keys_go_when_others_come(self, client: TestClient) -> None:
        for number in range(5):
            assert (
                client.post("/probe/nothing", headers={"Idempotency-Key": f"key-{number}"}).status_code == 200
            )
        assert count_keys(client) == 1
