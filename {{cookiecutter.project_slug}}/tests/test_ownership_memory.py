"""Rows in memory: what a repository could do with those of another owner, and cannot."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest

from app.auth import SYSTEM, Principal, acting_as
from app.clock import new_id
from app.database.memory import Database, Entity, Session, reference, unique
from app.database.ownership import ForeignRowError
from app.database.ownership_memory import EntityRepository, OwnedEntity
from app.errors import ConflictError, InvalidError
from app.paging import PageQuery

ADA, EVE = Principal("ada"), Principal("eve")


@dataclass(kw_only=True)
class Place(Entity):
    __tablename__: ClassVar[str] = "_owned_places"
    name: str = unique()


@dataclass(kw_only=True)
class Crate(OwnedEntity):
    __tablename__: ClassVar[str] = "_crates"
    __together__: ClassVar[Sequence[str]] = ["place_id", "inside_id"]
    name: str = unique()
    place_id: UUID | None = reference("_owned_places")
    inside_id: UUID | None = reference("_crates")


class Places(EntityRepository[Place]):
    model = Place


class Crates(EntityRepository[Crate]):
    model = Crate


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    async with Database().begin() as session:
        yield session


@pytest.fixture
def crates(session: Session) -> Crates:
    return Crates(session)


def crate(name: str, place: UUID | None = None, inside: UUID | None = None) -> Crate:
    return Crate(name=name, place_id=place, inside_id=inside)


async def add(crates: Crates, principal: Principal, name: str, inside: UUID | None = None) -> Crate:
    with acting_as(principal):
        return await crates.add(crate(name, inside=inside))


async def test_a_repository_has_the_rows_of_its_principal(crates: Crates) -> None:
    mine, theirs = await add(crates, ADA, "same"), await add(crates, EVE, "same")
    for principal, row, other in ((ADA, mine, theirs), (EVE, theirs, mine)):
        with acting_as(principal):
            assert await crates.list(PageQuery()) == [row]
            assert await crates.get(row.id) is row
            assert await crates.get(other.id) is None


async def test_an_admin_has_own_rows_only(crates: Crates) -> None:
    await add(crates, EVE, "hers")
    with acting_as(Principal("root", frozenset({"admin"}))):
        assert await crates.list(PageQuery()) == []


async def test_nobody_has_no_rows(crates: Crates) -> None:
    theirs = await add(crates, EVE, "hers")
    with pytest.raises(LookupError, match="no principal"):
        await crates.get(theirs.id)
    with pytest.raises(LookupError, match="no principal"):
        await crates.list(PageQuery())
    with pytest.raises(LookupError, match="no principal"):
        crate("nobody's")


async def test_a_value_is_taken_by_own_rows_only(crates: Crates) -> None:
    await add(crates, EVE, "same")
    await add(crates, ADA, "same")
    with pytest.raises(ConflictError):
        await add(crates, ADA, "same")


async def test_a_row_of_another_is_as_unknown_as_none(crates: Crates) -> None:
    theirs = await add(crates, EVE, "hers")
    for id in (theirs.id, new_id()):
        with pytest.raises(InvalidError) as caught:
            await add(crates, ADA, "mine", inside=id)
        assert [each["pointer"] for each in caught.value.members["errors"]] == ["#/inside_id"]


async def test_a_row_of_another_is_not_written(crates: Crates) -> None:
    theirs = await add(crates, EVE, "hers")
    with acting_as(ADA):
        for change in ({"name": "mine"}, {"owner_id": "ada"}):
            with pytest.raises(ForeignRowError):
                await crates.update(theirs, change)
        with pytest.raises(ForeignRowError):
            await crates.delete(theirs)
        with pytest.raises(ForeignRowError):
            await crates.add(Crate(name="hers", place_id=None, inside_id=None, owner_id="eve"))
    with acting_as(EVE):
        assert await crates.list(PageQuery()) == [theirs]
    assert theirs.name == "hers"


async def test_what_is_in_use_stays_and_what_is_shared_is_there_for_all(session: Session) -> None:
    with acting_as(ADA):
        place = await Places(session).add(Place(name="here"))
    with acting_as(EVE):
        outer = await Crates(session).add(crate("outer", place.id))
        inner = await Crates(session).add(crate("inner", place.id, outer.id))
        with pytest.raises(ConflictError, match=r"^This is in use by _crates\.$"):
            await Crates(session).delete(outer)
        with pytest.raises(ConflictError, match=r"^This is in use by _crates\.$"):
            await Places(session).delete(place)
        await Crates(session).delete(inner)
        await Crates(session).delete(outer)
        await Places(session).delete(place)


async def test_the_service_itself_sees_all_and_owns_nothing(crates: Crates) -> None:
    mine, theirs = await add(crates, ADA, "first"), await add(crates, EVE, "second")
    with acting_as(SYSTEM):
        assert await crates.list(PageQuery()) == [mine, theirs]
        # Values are compared with those of the same owner, as a database does.
        await crates.update(mine, {"name": "second"})
        with pytest.raises(InvalidError):
            await crates.update(mine, {"inside_id": theirs.id})
        await crates.delete(theirs)
        with pytest.raises(ForeignRowError, match="SYSTEM owns nothing"):
            crate("nobody's")
    with acting_as(EVE):
        assert await crates.list(PageQuery()) == []
