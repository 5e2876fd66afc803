"""What a statement could do with the rows of another owner, and cannot."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    ForeignKeyConstraint,
    UniqueConstraint,
    delete,
    exists,
    extract,
    func,
    insert,
    inspect,
    literal_column,
    select,
    text,
    union_all,
    update,
)
# % if cookiecutter.database == "postgresql"
from sqlalchemy.dialects.postgresql import insert as upsert
# % endif
# % if cookiecutter.database == "sqlite"
from sqlalchemy.dialects.sqlite import insert as upsert
# % endif
from sqlalchemy.exc import InvalidRequestError, StatementError
from sqlalchemy.orm import aliased, joinedload, make_transient_to_detached

from app.auth import SYSTEM, Principal, acting_as
from app.database import Database, Session, open_database, ownership_sql
from app.database.ownership import ForeignRowError
from app.database.ownership_sql import delete_rows, hand_over, owned_tables
from app.database.sql import Base
from app.errors import ConflictError, InvalidError
from app.paging import PageQuery
from app.settings import Settings
from tests.support.owned_tables import Boxes, OwnBox, OwnLabel, OwnShelf, Shelves
from tests.support.tables import OwnParent

ADA, EVE = Principal("ada"), Principal("eve")
SHELF = aliased(OwnShelf)
TABLE: Any = OwnShelf.__table__


@pytest.fixture
async def database(settings: Settings, tables: None) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database


@asynccontextmanager
async def session_of(database: Database, principal: Principal) -> AsyncGenerator[Session]:
    with acting_as(principal):
        async with database.begin() as session:
            yield session


async def fill(database: Database, principal: Principal, first: int) -> None:
    """Two shelves with a box each, and one inside of it."""
    for number in (first, first + 1):
        async with session_of(database, principal) as session:
            shelf = OwnShelf(id=UUID(int=number), name=f"shelf {number - first}")
            outer = OwnBox(id=UUID(int=number), shelf=shelf)
            inner = OwnBox(shelf=shelf, inside=outer)
            session.add(inner)
            await session.flush()
            session.add(OwnLabel(box_id=inner.id, shelf_id=shelf.id))


@pytest.fixture
async def filled(database: Database) -> AsyncIterator[Database]:
    await fill(database, ADA, 10)
    await fill(database, EVE, 20)
    async with database.begin() as session:
        session.add_all([OwnParent(id=UUID(int=number)) for number in (10, 20)])
    yield database
    # Some databases drop no table with a row that refers to another one of it.
    async with session_of(database, SYSTEM) as session:
        await session.execute(update(OwnBox).values(inside_id=None))


IDS = select(OwnShelf.id)
# Each selects the IDs of shelves, in a way in which a handler may ask for them.
QUERIES: dict[str, Any] = {
    "a column": IDS,
    "an entity": select(OwnShelf),
    "an alias": select(SHELF.id),
    "a join": select(OwnShelf.id).join(OwnBox, OwnBox.shelf_id == OwnShelf.id).distinct(),
    "a join of another": select(OwnBox.shelf_id).distinct(),
    "a join to what has no owner": select(OwnShelf.id).join(OwnParent, OwnParent.id != OwnShelf.id),
    "an outer join": select(OwnShelf.id).outerjoin(OwnBox, OwnBox.id == OwnShelf.id),
    "a subquery": select(IDS.subquery().c.id),
    "a common table expression": select(IDS.cte().c.id),
    "IN": select(OwnShelf.id).where(OwnShelf.id.in_(IDS)),
    "a union": union_all(IDS, IDS),
    "EXISTS": select(OwnParent.id).where(exists(IDS.where(OwnShelf.id == OwnParent.id))),
    "EXISTS without a SELECT": select(OwnParent.id).where(exists().where(OwnShelf.id == OwnParent.id)),
    "a scalar subquery": select(IDS.where(OwnShelf.id == OwnParent.id).scalar_subquery()).select_from(
        OwnParent
    ),
    "a relationship": select(OwnBox.shelf_id).join(OwnBox.shelf),
    "an eager one": select(OwnBox).options(joinedload(OwnBox.inside)),
    "what is related": select(OwnBox.shelf_id).where(
        OwnBox.shelf.has(), OwnBox.shelf.has(OwnShelf.name != "")
    ),
    "what is related to an object": select(OwnBox).where(
        OwnBox.shelf == OwnShelf(id=UUID(int=10), name="x", owner_id="ada")
    ),
    "objects of a statement": select(OwnShelf).from_statement(IDS.add_columns(OwnShelf.name)),
    "the table, with its owner": select(TABLE.c.id).where(TABLE.c.owner_id == "ada"),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_sees_the_rows_of_its_principal(filled: Database, name: str) -> None:
    async with session_of(filled, ADA) as session:
        found = (await session.execute(QUERIES[name])).scalars().all()
    ids = {getattr(each, "shelf_id", getattr(each, "id", each)) for each in found}
    assert {id.int for id in ids if id} <= {10, 11}
    assert UUID(int=10) in ids


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_of_nobody_is_an_error(filled: Database, name: str) -> None:
    with pytest.raises(StatementError, match="runs as no principal"):
        async with filled.begin() as session:
            await session.execute(QUERIES[name])


async def test_a_count_an_id_and_a_relationship_are_of_own_rows(filled: Database) -> None:
    async with session_of(filled, ADA) as session:
        assert await session.scalar(select(func.count()).select_from(OwnShelf)) == 2
        assert await session.get(OwnShelf, UUID(int=20)) is None
        assert await Shelves(session).get(UUID(int=20)) is None
        assert len(await Shelves(session).list(PageQuery())) == 2
        mine = await session.get(OwnBox, UUID(int=10))
        assert mine
        assert mine.shelf.owner_id == "ada"
        await session.refresh(mine)


async def test_what_changes_many_rows_changes_own_ones(filled: Database) -> None:
    async with session_of(filled, ADA) as session:
        await session.execute(update(OwnShelf).values(name=OwnShelf.name + "!"))
        await session.execute(delete(OwnLabel))
        assert {row.name for row in await Shelves(session).list(PageQuery())} == {"shelf 0!", "shelf 1!"}
        assert await session.scalar(select(func.count(OwnLabel.id))) == 0
    async with session_of(filled, EVE) as session:
        assert {row.name for row in await Shelves(session).list(PageQuery())} == {"shelf 0", "shelf 1"}
        assert await session.scalar(select(func.count(OwnLabel.id))) == 2


MOST = select(func.max(OwnShelf.name)).scalar_subquery()
NAMES = select(TABLE.c.name).subquery()
COUNT = select(func.count()).select_from(TABLE).scalar_subquery()
PUT = upsert(OwnShelf).values(id=UUID(int=20), name="mine", version=1)
# What cannot be filtered, or names another owner.
REFUSED: dict[str, Any] = {
    "columns of a table": select(TABLE.c.id),
    "columns of a table, in the query of a class": select(OwnShelf).with_only_columns(*TABLE.c),
    "a table": select(func.count()).select_from(TABLE),
    "a table that is changed": update(TABLE).values(name="mine"),
    "a table that is emptied": delete(TABLE),
    "a table that is filled": insert(TABLE).values(name="mine", version=1),
    "an INSERT from a SELECT": insert(OwnShelf).from_select(["name", "version"], select(OwnShelf.name, 1)),
    "an INSERT with a value from a SELECT": insert(OwnShelf).values(name=MOST, version=1),
    "a change by a value of a table": update(OwnShelf).values(
        name=select(func.max(TABLE.c.name)).scalar_subquery()
    ),
    "a table, joined with a class": select(NAMES.c.name).join(OwnShelf, OwnShelf.name != NAMES.c.name),
    "a table, in a union with a class": union_all(select(OwnShelf.name), select(TABLE.c.name)),
    "a table, in a condition": select(OwnParent).where(OwnParent.id.in_(select(TABLE.c.id))),
    "a table, in an EXISTS": select(OwnParent).where(exists().where(TABLE.c.id == OwnParent.id)),
    "a count of a table, next to a class": select(OwnShelf.name, COUNT),
    "an alias of a table, next to a class": select(OwnShelf.name, TABLE.alias().c.name),
    "objects from a table": select(OwnShelf).from_statement(select(TABLE)),
    "a row of another that is there": PUT.on_conflict_do_update(index_elements=["id"], set_={"name": "mine"}),
    "SQL by hand": text("SELECT name, count(*) FROM _shelves GROUP BY name"),
    "SQL by hand, in quotes and capitals": text('SELECT name FROM "_SHELVES"'),
    "SQL by hand, that changes": text("UPDATE _shelves SET name = 'mine'"),
    "SQL by hand, with columns": text("SELECT id FROM _shelves").columns(OwnShelf.id),
    "SQL by hand, in a FROM": select(text("name")).select_from(text("_shelves")),
    "SQL by hand, in a condition": select(OwnParent).where(text("id IN (SELECT id FROM _shelves)")),
    "SQL by hand, in a subquery": select(text("SELECT id FROM _shelves").columns(OwnShelf.id).subquery()),
    "SQL by hand, as a column": select(literal_column("(SELECT max(name) FROM _shelves)")),
    "SQL by hand, as a value": update(OwnShelf).values(name=text("(SELECT max(name) FROM _shelves)")),
    "SQL by hand, as an order": select(OwnParent).order_by(text("(SELECT max(name) FROM _shelves)")),
    "objects of SQL by hand": select(OwnShelf).from_statement(text("SELECT * FROM _shelves")),
    "another owner": select(OwnShelf).where(OwnShelf.owner_id == "eve"),
    "a new row of another": insert(OwnShelf).values(name="mine", version=1, owner_id="eve"),
    "a row that is given away": update(OwnShelf).values(owner_id="eve"),
}


@pytest.mark.usefixtures("own_tables")
@pytest.mark.parametrize("name", REFUSED)
async def test_what_would_be_of_others_is_refused(filled: Database, name: str) -> None:
    with pytest.raises((ForeignRowError, StatementError), match=r"ForeignRowError|of all owners"):
        async with session_of(filled, ADA) as session:
            await session.execute(REFUSED[name])


OWN_NAMES = text("SELECT name FROM _shelves WHERE owner_id = :owner")
# SQL by hand that compares the owner, or names no table with owners.
TEXTS: dict[str, Any] = {
    "a text": OWN_NAMES,
    "a text with columns": OWN_NAMES.columns(OwnShelf.name),
    "objects": select(OwnShelf).from_statement(text('SELECT * FROM "_shelves" s WHERE s.owner_id = :owner')),
    "a column of the class": select(OwnShelf.name).where(text("_shelves.name <> :owner")),
    "no table": select(OwnShelf.name).order_by(text("name")),
}


@pytest.mark.usefixtures("own_tables")
@pytest.mark.parametrize("name", TEXTS)
async def test_sql_by_hand_may_compare_the_owner(filled: Database, name: str) -> None:
    async with session_of(filled, ADA) as session:
        assert len((await session.execute(TEXTS[name], {"owner": ADA.owner})).all()) == 2


@pytest.mark.usefixtures("own_tables")
async def test_sql_by_hand_that_forgets_the_owner_says_how_to_compare_it(filled: Database) -> None:
    forgetful = text("SELECT count(*) FROM _shelves")
    with pytest.raises(ForeignRowError, match="WHERE owner_id = :owner"):
        async with session_of(filled, ADA) as session:
            await session.execute(forgetful)
    async with session_of(filled, SYSTEM) as session:
        assert await session.scalar(forgetful) == 4


YEAR = extract("year", OwnShelf.created_at)
# SQLAlchemy does not see the class in these, so it does not filter them.
HIDDEN: dict[str, Any] = {
    "a part of a time": select(YEAR, func.count()).group_by(YEAR),
    "a filter": select(func.count().filter(OwnShelf.name != "")),
    "a partition": select(func.sum(OwnShelf.version).over(partition_by=OwnShelf.name)),
    "an order": select(func.row_number().over(order_by=OwnShelf.name)),
}
FREE = ~exists().where(OwnShelf.id.is_not(None))


@pytest.mark.parametrize("name", HIDDEN)
async def test_a_class_within_a_function_is_named_by_select_from(filled: Database, name: str) -> None:
    async with session_of(filled, ADA) as session:
        with pytest.raises(ForeignRowError, match=r"add `\.select_from"):
            await session.execute(HIDDEN[name])
        named = HIDDEN[name].select_from(OwnShelf)
        own = (await session.execute(named)).all()
    async with session_of(filled, SYSTEM) as session:
        assert own == (await session.execute(named.where(OwnShelf.owner_id == "ada"))).all()
        assert own != (await session.execute(named)).all()


@pytest.mark.parametrize(("principal", "is_free"), [(ADA, False), (Principal("new"), True)])
async def test_an_exists_is_of_a_select(filled: Database, principal: Principal, is_free: bool) -> None:
    async with session_of(filled, principal) as session:
        with pytest.raises(ForeignRowError, match=r"`exists\(select"):
            await session.execute(select(FREE))
        assert await session.scalar(select(~exists(select(OwnShelf.id)))) is is_free


def stray(id: int) -> OwnShelf:
    """It says that it is stored, and of the current principal."""
    shelf = OwnShelf(id=UUID(int=id), name="", version=1)
    make_transient_to_detached(shelf)
    return shelf


async def change_by_id(session: Session, id: int) -> None:
    await session.execute(update(OwnShelf), [{"id": UUID(int=id), "version": 1, "name": "mine"}])


async def change_mapping(session: Session, id: int) -> None:
    row = {"id": UUID(int=id), "version": 1, "name": "mine"}
    await session.run_sync(lambda sync: sync.bulk_update_mappings(inspect(OwnShelf), [row]))


async def change_object(session: Session, id: int) -> None:
    session.add(shelf := stray(id))
    shelf.name = "mine"
    await session.flush()


async def change_objects(session: Session, id: int) -> None:
    shelf = stray(id)
    shelf.name = "mine"
    await session.run_sync(lambda sync: sync.bulk_save_objects([shelf]))


async def delete_object(session: Session, id: int) -> None:
    session.add(shelf := stray(id))
    await session.delete(shelf)
    await session.flush()


async def change_table(session: Session, id: int) -> None:
    connection = await session.connection()
    await connection.execute(update(TABLE).where(TABLE.c.id == UUID(int=id)).values(name="mine"))


WRITES = (change_by_id, change_mapping, change_object, change_objects, delete_object, change_table)


@pytest.mark.parametrize("write", WRITES)
async def test_what_is_written_by_its_id_is_an_own_row(
    filled: Database, write: Callable[[Session, int], Awaitable[None]]
) -> None:
    with suppress(ConflictError):
        async with session_of(filled, ADA) as session:
            await write(session, 20)
    async with session_of(filled, ADA) as session:
        session.add(OwnShelf(id=UUID(int=12), name="new"))
    async with session_of(filled, ADA) as session:
        await write(session, 12)
    async with session_of(filled, SYSTEM) as session:
        names = {row.id.int: row.name for row in await session.scalars(select(OwnShelf))}
    assert names.pop(12, "mine") == "mine"
    assert names == {10: "shelf 0", 11: "shelf 1", 20: "shelf 0", 21: "shelf 1"}


async def test_an_own_row_that_is_there_is_changed(filled: Database) -> None:
    put = upsert(OwnShelf).values(name="shelf 0", version=1)
    async with session_of(filled, ADA) as session:
        await session.execute(
            put.on_conflict_do_update(index_elements=["owner_id", "name"], set_={"name": "mine"})
        )
    assert (await owners(filled))["_shelves"] == ["ada"] * 2 + ["eve"] * 2
    async with session_of(filled, ADA) as session:
        assert {row.name for row in await session.scalars(select(OwnShelf))} == {"mine", "shelf 1"}


async def test_a_row_that_has_no_owner_is_changed_by_its_id(filled: Database) -> None:
    put = upsert(OwnParent).values(id=UUID(int=20), version=1)
    async with session_of(filled, ADA) as session:
        await session.execute(put.on_conflict_do_update(index_elements=["id"], set_={"name": "new"}))
        assert await session.scalar(select(OwnParent.name).where(OwnParent.id == UUID(int=20))) == "new"


async def test_what_a_stray_object_reads_is_not_of_another(filled: Database) -> None:
    async with session_of(filled, ADA) as session:
        session.add(shelf := stray(20))
        with pytest.raises(InvalidRequestError, match="Could not refresh"):
            await session.refresh(shelf)


async def test_an_object_of_another_is_not_written(filled: Database) -> None:
    async with session_of(filled, EVE) as session:
        theirs = await session.get(OwnShelf, UUID(int=20))
        assert theirs
    with pytest.raises(ForeignRowError, match="of another owner"):
        async with session_of(filled, ADA) as session:
            session.add(theirs)
            theirs.name = "mine"
    with pytest.raises(ForeignRowError, match="of another owner"):
        async with session_of(filled, ADA) as session:
            session.add(theirs)
            theirs.owner_id = "ada"
    with pytest.raises(ForeignRowError, match="of another owner"):
        async with session_of(filled, ADA) as session:
            session.add(OwnShelf(name="theirs", owner_id="eve"))
    with pytest.raises(ForeignRowError, match="of another owner"):
        async with session_of(filled, ADA) as session:
            [mine, *_] = (await session.scalars(select(OwnShelf))).all()
            mine.owner_id = "eve"


async def test_a_session_is_for_one_principal(filled: Database) -> None:
    async with session_of(filled, EVE) as session:
        assert await session.get(OwnShelf, UUID(int=20))
        with acting_as(ADA), pytest.raises(ForeignRowError, match="open another one"):
            await session.execute(IDS)


async def test_an_admin_sees_own_rows_only(filled: Database) -> None:
    async with session_of(filled, Principal("root", frozenset({"admin"}))) as session:
        assert (await session.scalars(IDS)).all() == []


async def test_the_service_itself_sees_all_and_owns_nothing(filled: Database) -> None:
    async with session_of(filled, SYSTEM) as session:
        assert len((await session.scalars(IDS)).all()) == 4
        with pytest.raises(ForeignRowError, match="SYSTEM owns nothing"):
            OwnShelf(name="nobody's")
    with pytest.raises(LookupError, match="no principal"):
        OwnShelf(name="nobody's")


async def test_a_value_is_taken_by_own_rows_only(filled: Database) -> None:
    async with session_of(filled, EVE) as session:
        await Shelves(session).add(OwnShelf(name="of eve"))
    async with session_of(filled, ADA) as session:
        await Shelves(session).add(OwnShelf(name="of eve"))
    with pytest.raises(ConflictError) as caught:
        async with session_of(filled, ADA) as session:
            await Shelves(session).add(OwnShelf(name="shelf 0"))
    assert [each["pointer"] for each in caught.value.members["errors"]] == ["#/name"]


@pytest.mark.parametrize("id", [20, 99])
async def test_a_row_of_another_is_as_unknown_as_none(filled: Database, id: int) -> None:
    with pytest.raises(InvalidError) as caught:
        async with session_of(filled, ADA) as session:
            await Boxes(session).add(OwnBox(shelf_id=UUID(int=id)))
    [error] = caught.value.members["errors"]
    assert (error["pointer"], error["type"]) == ("#/shelf_id", "unknown_reference")


async def test_what_is_in_use_says_by_what(filled: Database) -> None:
    with pytest.raises(ConflictError, match=r"^This is in use by _boxes and _labels\.$"):
        async with session_of(filled, ADA) as session:
            shelf = await Shelves(session).get(UUID(int=10))
            assert shelf
            await Shelves(session).delete(shelf)


@pytest.fixture
def own_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = [table for table in OwnParent.metadata.sorted_tables if "owner_id" in table.c]
    monkeypatch.setattr(ownership_sql, "owned_tables", lambda: tables)


async def owners(database: Database) -> dict[str, list[str]]:
    async with session_of(database, SYSTEM) as session:
        models = (OwnShelf, OwnBox, OwnLabel)
        return {
            model.__tablename__: sorted((await session.scalars(select(model.owner_id))).all())
            for model in models
        }


@pytest.mark.usefixtures("own_tables")
async def test_all_rows_of_an_owner_are_handed_over(filled: Database) -> None:
    async with session_of(filled, EVE) as session:
        await session.execute(update(OwnShelf).values(name=OwnShelf.name + " of eve"))
    async with filled.begin() as session:
        await hand_over(session, "eve", "ada")
    assert await owners(filled) == {"_shelves": ["ada"] * 4, "_boxes": ["ada"] * 8, "_labels": ["ada"] * 4}


@pytest.mark.usefixtures("own_tables")
async def test_rows_that_would_be_taken_are_not_handed_over(filled: Database) -> None:
    with pytest.raises(ConflictError, match="the same name in _shelves"):
        async with filled.begin() as session:
            await hand_over(session, "eve", "ada")
    assert (await owners(filled))["_shelves"] == ["ada"] * 2 + ["eve"] * 2


@pytest.mark.usefixtures("own_tables")
async def test_all_rows_of_an_owner_are_deleted(filled: Database) -> None:
    async with filled.begin() as session:
        await delete_rows(session, "eve")
    assert await owners(filled) == {"_shelves": ["ada"] * 2, "_boxes": ["ada"] * 4, "_labels": ["ada"] * 2}


def test_constraints_are_per_owner() -> None:
    """A value that must be unique for all, or a row that all may refer to, would tell of rows of others."""
    owned = owned_tables()
    for table in owned:
        unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
        for each in (*unique, *(index for index in table.indexes if index.unique)):
            assert "owner_id" in each.columns, f"{table.name}: {each.name} has no owner_id"
    for table in Base.metadata.sorted_tables:
        for key in table.constraints:
            if isinstance(key, ForeignKeyConstraint) and key.referred_table in owned:
                assert "owner_id" in key.columns, f"{table.name}: {key.name} has no owner_id"
