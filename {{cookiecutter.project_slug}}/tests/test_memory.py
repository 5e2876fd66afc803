"""Rows in memory, with models of their own: what the domains of a service need of them, in each order."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.clock import new_id
from app.database.memory import (
    Database,
    Entity,
    EntityRepository,
    Session,
    SessionDep,
    after_commit,
    no_rows,
    reference,
    unique,
)
from app.errors import ConflictError, InvalidError, ServiceError
from app.paging import PageQuery


@dataclass(kw_only=True)
class Shelf(Entity):
    __tablename__ = "_shelves"
    number: int = unique()


@dataclass(kw_only=True)
class Volume(Entity):
    __tablename__ = "_volumes"
    __together__: ClassVar[Sequence[str]] = ["shelf_id", "place"]
    shelf_id: UUID | None = reference("_shelves")
    after_id: UUID | None = reference("_volumes", unique=True)
    place: int = 1


class Shelves(EntityRepository[Shelf]):
    model = Shelf


class Volumes(EntityRepository[Volume]):
    model = Volume


class VolumeQuery(PageQuery, frozen=True):
    place: int | None = None


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    async with Database().begin() as session:
        yield session


@pytest.fixture
async def shelf(session: Session) -> Shelf:
    return await Shelves(session).add(Shelf(number=1))


async def pages(session: Session, query: PageQuery) -> list[Volume]:
    rows = await Volumes(session).list(query)
    following = query.next_page(rows)
    rest = await pages(session, following) if following else []
    return [*rows[: query.limit], *rest]


def wrong_fields(error: ServiceError) -> set[str]:
    return {each["pointer"] for each in error.members["errors"]}


async def test_pages_have_the_wanted_rows_in_both_orders_over_ties(session: Session) -> None:
    places = (2, 1, 2, 1, 2)
    volumes = [
        await Volumes(session).add(Volume(shelf_id=None, after_id=None, place=place)) for place in places
    ]
    ascending = sorted(volumes, key=lambda volume: (volume.place, volume.id))
    assert await pages(session, PageQuery(sort="place", limit=2)) == ascending
    assert await pages(session, PageQuery(sort="-place", limit=2)) == ascending[::-1]
    second = [volume for volume in volumes if volume.place == 2]
    assert await pages(session, VolumeQuery(place=2, limit=1)) == second
    assert await Volumes(session).list(PageQuery(), lambda volume: volume.place == 2) == second


async def test_a_taken_value_is_a_conflict_for_others_only(session: Session, shelf: Shelf) -> None:
    other = await Shelves(session).add(Shelf(number=2))
    assert await Shelves(session).update(other, {"number": 2}) == other
    with pytest.raises(ConflictError) as caught:
        await Shelves(session).update(other, {"number": 1})
    assert (wrong_fields(caught.value), other.number) == ({"#/number"}, 2)
    with pytest.raises(ConflictError):
        await Shelves(session).add(Shelf(number=1))
    assert (await Shelves(session).update(other, {"number": 3})).updated_at > other.created_at


async def test_values_are_taken_together_and_nothing_is_never_taken(session: Session, shelf: Shelf) -> None:
    for volume in [Volume(shelf_id=shelf.id, after_id=None), *(Volume(shelf_id=None, after_id=None),) * 2]:
        await Volumes(session).add(volume)
    await Volumes(session).add(Volume(shelf_id=shelf.id, after_id=None, place=2))
    with pytest.raises(ConflictError) as caught:
        await Volumes(session).add(Volume(shelf_id=shelf.id, after_id=None))
    assert wrong_fields(caught.value) == {"#/shelf_id", "#/place"}


async def test_a_reference_is_to_a_row_that_stays_while_another_one_refers_to_it(
    session: Session, shelf: Shelf
) -> None:
    with pytest.raises(InvalidError) as caught:
        await Volumes(session).add(Volume(shelf_id=new_id(), after_id=new_id()))
    assert wrong_fields(caught.value) == {"#/shelf_id", "#/after_id"}
    volume = await Volumes(session).add(Volume(shelf_id=shelf.id, after_id=None))
    with pytest.raises(ConflictError, match=r"^This is in use by _volumes\.$"):
        await Shelves(session).delete(shelf)
    await Volumes(session).update(volume, {"after_id": volume.id})
    await Volumes(session).delete(volume)
    await Shelves(session).delete(shelf)
    assert await Shelves(session).get(shelf.id) is None


def test_where_there_are_no_rows_none_are_found_missing() -> None:
    with pytest.raises(RuntimeError, match="or choose a database"):
        Shelves(Session(defaultdict(no_rows)))


async def test_what_follows_the_work_is_left_out_when_it_is_rolled_back() -> None:
    database, followed = Database(), list[str]()

    async def follow() -> None:
        followed.append("after")

    async with database.begin() as session:
        await after_commit(session, follow)
        await session.rollback()
    assert followed == []
    async with database.begin() as session:
        await after_commit(session, follow)
    assert followed == ["after"]


def test_work_is_no_success_when_what_follows_it_fails(app: FastAPI) -> None:
    async def fail() -> None:
        raise ConflictError("Taken.")

    @app.post("/probe/followed", include_in_schema=False)
    async def work(session: SessionDep) -> None:
        await after_commit(session, fail)

    with TestClient(app) as client:
        assert client.post("/probe/followed").status_code == 409
