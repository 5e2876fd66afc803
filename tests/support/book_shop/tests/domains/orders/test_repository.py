from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.database import Database, open_database
from app.domains.orders.repository import Repository
from app.domains.orders.schemas import OrderQuery
from app.errors import ConflictError
from app.settings import Settings
from .conftest import Order


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database


async def test_an_order_comes_with_its_lines(
    database: Database, client: TestClient, customer: str, order: Order
) -> None:
    order_id = UUID(order(customer)["id"])
    async with database.begin() as session:
        (found,) = await Repository(session).list(OrderQuery())
        assert found.id == order_id
        stored = await session.scalar(text("SELECT status FROM orders"))
    assert stored == "confirmed"
    assert [(line.quantity, line.price) for line in found.lines] == [(2, Decimal("12.50"))]
    assert found.status == "confirmed"


async def test_two_changes_at_the_same_time_are_a_conflict(
    database: Database, client: TestClient, customer: str, order: Order
) -> None:
    order_id = UUID(order(customer)["id"])
    with pytest.raises(ConflictError):
        async with database.begin() as slow:
            row = await Repository(slow).get(order_id)
            assert row
            async with database.begin() as quick:
                seen = await Repository(quick).get(order_id)
                assert seen
                await Repository(quick).update(seen, {"status": "placed"})
            await Repository(slow).update(row, {"status": "shipped"})
