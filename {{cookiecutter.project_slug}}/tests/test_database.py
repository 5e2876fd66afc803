import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import pytest
import structlog
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from sqlalchemy import MetaData, String, cast, event, func, insert, literal, select, text, update
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    InvalidRequestError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.orm import Mapped, ORMExecuteState, mapped_column, with_loader_criteria

from app.clock import new_id, now
from app.database import Database, Entity, EntityRepository, Session, SessionDep, after_commit, open_database
from app.database.sql import UTCDateTime
from app.database.violations import tables_that_refer_to
from app.errors import ConflictError, InvalidError, UnavailableError
from app.factory import create_app
from app.paging import PageQuery
from app.settings import Settings
from tests.support.tables import (
    ADD_CHILD,
    ADD_PARENT,
    COUNT,
    Colour,
    OwnAnimal,
    OwnBook,
    OwnCard,
    OwnDog,
    OwnGroup,
    OwnGuest,
    OwnMember,
    OwnPair,
    OwnParent,
    OwnPlace,
    OwnThing,
)


@pytest.fixture
async def database(settings: Settings, tables: None) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database


async def count(database: Database) -> int:
    async with database.begin() as session:
        return (await session.execute(COUNT)).scalar_one()


async def test_the_end_of_a_block_commits(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(ADD_PARENT)
    assert await count(database) == 1


async def test_an_error_in_a_block_rolls_all_of_it_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as session:
            await session.execute(ADD_PARENT)
            raise ZeroDivisionError
    assert await count(database) == 0


async def test_a_savepoint_commits_nothing_by_itself(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as session:
            async with session.begin_nested():
                await session.execute(ADD_PARENT)
            raise ZeroDivisionError
    assert await count(database) == 0


async def test_what_a_savepoint_has_undone_is_all_that_is_undone(database: Database) -> None:
    async with database.begin() as session:
        async with session.begin_nested():
            await session.execute(ADD_PARENT)
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(ADD_PARENT)
        session.add(OwnParent())
    assert await count(database) == 2


async def test_a_statement_that_begins_with_a_query_commits_nothing_by_itself(database: Database) -> None:
    async with database.begin() as session:
        session.add(OwnParent(name="old"))
    chosen = select(OwnParent.id).cte("chosen")
    change = update(OwnParent).where(OwnParent.id.in_(select(chosen.c.id))).values(name="new")
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as session:
            await session.execute(change)
            raise ZeroDivisionError
    async with database.begin() as session:
        assert (await session.scalars(select(OwnParent.name))).all() == ["old"]


async def test_a_request_that_takes_too_long_gives_its_connection_back(
    settings: Settings, tables: None
) -> None:
    app = create_app(settings.model_copy(update={"request_timeout": 2, "database_pool_size": 2}))

    @app.post("/probe/slow")
    async def slow(session: SessionDep) -> None:
        await session.execute(ADD_PARENT)
        await asyncio.Event().wait()

    with TestClient(app) as client:
        for _ in range(3):
            assert client.post("/probe/slow").status_code == 504
        assert client.get("/health/ready").status_code == 200
    async with open_database(settings) as database:
        assert await count(database) == 0


async def test_a_taken_key_is_a_conflict(database: Database) -> None:
    with pytest.raises(ConflictError):
        async with database.begin() as session:
            await session.execute(ADD_PARENT)
            await session.execute(ADD_PARENT)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "\ud800"},
        {"created_at": datetime(2026, 1, 1)},
        {"created_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
    ],
)
async def test_a_value_that_cannot_be_stored_is_invalid(database: Database, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        async with database.begin() as session:
            session.add(OwnParent(**values))
    assert await count(database) == 0


async def test_two_changes_at_the_same_time_are_a_conflict(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(ADD_PARENT)
    with pytest.raises(ConflictError):
        async with database.begin() as slow:
            row = (await slow.scalars(select(OwnParent))).one()
            async with database.begin() as quick:
                (await quick.scalars(select(OwnParent))).one().name = "of the quick one"
            row.name = "of the slow one"
    async with database.begin() as session:
        assert (await session.scalars(select(OwnParent.name))).all() == ["of the quick one"]


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, InternalError])
async def test_what_the_database_cannot_do_now_is_logged_and_can_be_retried(
    database: Database, kind: type[DBAPIError]
) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(UnavailableError):
        async with database.begin():
            raise kind("SELECT 1", {}, OSError("lost"))
    assert [(line["event"], line["log_level"]) for line in lines] == [("database_unavailable", "warning")]
    assert "lost" in lines[0]["error"]


async def test_values_of_clients_are_in_no_message_of_the_database(database: Database) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(Exception) as raised:  # noqa: PT011
        async with database.begin() as session:
            await session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "s3cret"})
    messages = f"{lines} {raised.value} {raised.value.__cause__}"
    assert "nowhere" in messages
    assert "s3cret" not in messages


async def test_times_keep_their_moment_whatever_zone_they_were_given_in(database: Database) -> None:
    at = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    async with database.begin() as session:
        found = await session.scalar(select(literal(at, UTCDateTime())))
    assert found == at


async def test_a_reader_holds_up_no_writer(database: Database) -> None:
    async with database.begin() as session:
        session.add_all([OwnParent(), OwnParent(), OwnParent()])
    async with database.begin() as reader:
        rows = await reader.stream(select(OwnParent.id))
        assert await anext(rows)
        async with database.begin() as writer:
            writer.add(OwnParent())
        await rows.close()
    assert await count(database) == 4


class Things(EntityRepository[OwnThing]):
    model = OwnThing


class Parents(EntityRepository[OwnParent]):
    model = OwnParent


class ByName(PageQuery):
    sort: str = "name"


async def test_rows_with_the_same_value_are_in_the_order_of_their_ids(database: Database) -> None:
    ids = [new_id() for _ in range(3)]
    for id in (ids[1], ids[2], ids[0]):
        async with database.begin() as session:
            await Parents(session).add(OwnParent(id=id))
    async with database.begin() as session:
        for query, expected in ((ByName(limit=2), ids), (ByName(limit=2, sort="-name"), ids[::-1])):
            rows = await Parents(session).list(query)
            assert [row.id for row in rows] == expected
            following = query.next_page(rows)
            assert following
            assert [row.id for row in await Parents(session).list(following)] == expected[2:]


async def test_a_list_has_entities_where_the_model_has_more_than_columns(database: Database) -> None:
    async with database.begin() as session:
        session.add(OwnParent(name="first"))
    async with database.begin() as session:
        assert [row.title for row in await Parents(session).list(PageQuery())] == ["First"]


class Places(EntityRepository[OwnPlace]):
    model = OwnPlace


async def test_a_list_tracks_nothing_where_the_model_has_only_columns(database: Database) -> None:
    async with database.begin() as session:
        session.add(OwnPlace(name="first"))
    async with database.begin() as session:
        rows = await Places(session).list(PageQuery())
        assert not [*session]
        assert [row.name for row in rows] == ["first"]


class Pairs(EntityRepository[OwnPair]):
    model = OwnPair


async def test_a_list_has_its_columns_whatever_they_are_called(database: Database) -> None:
    async with database.begin() as session:
        session.add(OwnPair(t="first", tuple="second", count=3, index=4))
    async with database.begin() as session:
        [row] = await Pairs(session).list(PageQuery())
        assert (row.t, row.tuple, row.count, row.index) == ("first", "second", 3, 4)


class Groups(EntityRepository[OwnGroup]):
    model = OwnGroup


class Members(EntityRepository[OwnMember]):
    model = OwnMember


class Dogs(EntityRepository[OwnDog]):
    model = OwnDog


class Books(EntityRepository[OwnBook]):
    model = OwnBook


async def test_a_list_has_the_rows_that_a_query_of_the_class_has(database: Database) -> None:
    def hide(state: ORMExecuteState) -> None:
        state.statement = state.statement.options(with_loader_criteria(OwnParent, OwnParent.name != "hidden"))

    async with database.begin() as session:
        session.add_all([OwnDog(name="Rex"), OwnAnimal(name="Tom")])
        session.add_all([OwnParent(name="hidden"), OwnParent(name="shown")])
    async with database.begin() as session:
        event.listen(session.sync_session, "do_orm_execute", hide)
        assert [row.name for row in await Dogs(session).list(PageQuery())] == ["Rex"]
        assert [row.name for row in await Parents(session).list(PageQuery())] == ["shown"]


async def test_a_column_may_have_another_name_than_its_attribute(database: Database) -> None:
    async with database.begin() as session:
        book = await Books(session).add(OwnBook(isbn="1"))
        [found] = await Books(session).list(PageQuery())
        assert (found.id, found.isbn) == (book.id, "1")
        with pytest.raises(ConflictError) as taken:
            async with session.begin_nested():
                await Books(session).add(OwnBook(isbn="1"))
        with pytest.raises(InvalidError) as unknown:
            async with session.begin_nested():
                await Books(session).add(OwnBook(isbn="2", before_id=new_id()))
    wrong = [each.value.members["errors"][0]["pointer"] for each in (taken, unknown)]
    assert wrong == ["#/isbn", "#/before_id"]


async def test_a_statement_that_is_wrong_is_no_outage(database: Database) -> None:
    for wrong in ("SELEC 1", "SELECT nothing FROM _parents", "SELECT 1 FROM _parents WHERE"):
        with pytest.raises(ProgrammingError):
            async with database.begin() as session:
                await session.execute(text(wrong))


async def test_a_list_has_what_its_rows_are_related_to(database: Database) -> None:
    async with database.begin() as session:
        first, second = OwnGroup(), OwnGroup()
        session.add_all([first, second])
        await session.flush()
        session.add_all([OwnMember(group_id=first.id), OwnMember(group_id=first.id)])
    async with database.begin() as session:
        groups = await Groups(session).list(PageQuery())
        assert [len(group.members) for group in groups] == [2, 0]


async def test_a_row_that_was_written_has_what_it_is_related_to(database: Database) -> None:
    async with database.begin() as session:
        group = await Groups(session).add(OwnGroup())
        assert group.members == []
        session.add(OwnMember(group_id=group.id))
        await Groups(session).update(group, {"updated_at": now()})
        assert [member.group_id for member in group.members] == [group.id]


async def test_a_list_may_have_conditions_of_its_own(database: Database) -> None:
    async with database.begin() as session:
        first, second, third = [await Groups(session).add(OwnGroup()) for _ in range(3)]
        query = PageQuery(limit=1)
        rows = await Groups(session).list(query, OwnGroup.id != first.id)
        assert [*rows] == [second, third]
        following = query.next_page(rows)
        assert following
        assert [*await Groups(session).list(following, OwnGroup.id != first.id)] == [third]


class Cards(EntityRepository[OwnCard]):
    model = OwnCard


@pytest.mark.parametrize(
    ("values", "taken"),
    [({"code": 1, "number": 9}, []), ({"code": 1, "number": 2}, ["#/number"]), ({"code": 2}, ["#/code"])],
)
async def test_a_value_of_a_row_that_no_longer_counts_is_free(
    database: Database, values: dict[str, int], taken: list[str]
) -> None:
    async with database.begin() as session:
        for card in (OwnCard(code=1, number=1, gone=True), OwnCard(code=2, number=2)):
            await Cards(session).add(card)
    found: list[str] = []
    try:
        async with database.begin() as session:
            await Cards(session).add(OwnCard(**{"number": 3} | values))
    except ConflictError as error:
        found = [each["pointer"] for each in error.members["errors"]]
    assert found == taken


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_a_conflict_that_is_caught_is_a_conflict_all_the_same(
    database: Database, is_deleted: bool
) -> None:
    """Else what was written before would be lost without a word: the transaction is over."""
    async with database.begin() as session:
        group = await Groups(session).add(OwnGroup())
        session.add_all([OwnMember(group_id=group.id), OwnCard(code=1, number=1)])
    with pytest.raises(ConflictError):
        async with database.begin() as session:
            session.add(OwnParent())
            with pytest.raises(ConflictError):
                if is_deleted:
                    await Groups(session).delete(await session.get_one(OwnGroup, group.id))
                else:
                    await Cards(session).add(OwnCard(code=1, number=2))
            session.add(OwnParent())
    assert await count(database) == 0


async def add_again(session: Session) -> None:
    await session.execute(ADD_PARENT)


async def flush_again(session: Session) -> None:
    session.add(OwnParent(id=UUID(int=1)))
    await session.flush()


async def store_what_is_no_text(session: Session) -> None:
    await session.execute(insert(OwnPlace).values(name="\ud800"))


async def ask_nonsense(session: Session) -> None:
    await session.execute(text("SELECT nonsense"))


async def write_what_is_stale(session: Session) -> None:
    row = await session.get_one(OwnParent, UUID(int=1))
    await session.execute(update(OwnParent).values(version=5).execution_options(synchronize_session=False))
    await Parents(session).update(row, {"name": "new"})


@pytest.mark.parametrize(
    ("fail", "kind"),
    [
        (add_again, ConflictError),
        (flush_again, ConflictError),
        (write_what_is_stale, ConflictError),
        (store_what_is_no_text, InvalidError),
        (ask_nonsense, DBAPIError),
    ],
)
async def test_an_error_of_the_database_that_is_caught_is_one_all_the_same(
    database: Database, fail: Callable[[Session], Awaitable[None]], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        async with database.begin() as session:
            await session.execute(ADD_PARENT)
            with suppress(Exception):
                await fail(session)
    assert await count(database) == 0
    async with database.begin() as session:
        await session.execute(ADD_PARENT)
        with suppress(Exception):
            async with session.begin_nested():
                await fail(session)
    assert await count(database) == 1


async def test_a_conflict_in_a_savepoint_may_be_caught(database: Database) -> None:
    async with database.begin() as session:
        card, group = await Cards(session).add(OwnCard(code=1, number=1)), OwnGroup()
        await Groups(session).add(group)
        await Members(session).add(OwnMember(group_id=group.id))
        other = await Cards(session).add(OwnCard(code=2, number=2))
        with pytest.raises(ConflictError) as added:
            async with session.begin_nested():
                await Cards(session).add(OwnCard(code=1, number=3))
        with pytest.raises(ConflictError) as changed:
            async with session.begin_nested():
                await Cards(session).update(other, {"code": 1})
        with pytest.raises(InvalidError) as referring:
            async with session.begin_nested():
                await Members(session).add(OwnMember(group_id=new_id()))
        with pytest.raises(ConflictError, match=r"in use by _members\.$"):
            async with session.begin_nested():
                await Groups(session).delete(group)
        await Cards(session).update(card, {"number": 4})
    wrong = [each.value.members["errors"][0]["pointer"] for each in (added, changed, referring)]
    assert wrong == ["#/code", "#/code", "#/group_id"]
    async with database.begin() as session:
        assert sorted((await session.scalars(select(OwnCard.number))).all()) == [2, 4]
        assert await session.scalar(select(func.count()).select_from(OwnMember)) == 1


@pytest.mark.parametrize(("model", "users"), [(OwnGuest, ""), (OwnMember, "_members")])
async def test_rows_that_go_too_keep_nothing(database: Database, model: Any, users: str) -> None:
    async with database.begin() as session:
        group = await Groups(session).add(OwnGroup())
        session.add(model(group_id=group.id))
        await session.flush()
        groups = OwnParent.metadata.tables["_groups"]
        found = [name async for name in tables_that_refer_to(session, groups, group.id)]
        assert found == users.split()


async def test_a_column_of_any_common_type_needs_nothing_but_its_annotation(database: Database) -> None:
    values = {
        "amount": Decimal("-12.5000"),
        "settings": {"list": [1, None, {}]},
        "labels": ["first", 2],
        "day": date(2024, 2, 29),
        "moment": time(9, 30, 0, 1),
        "duration": timedelta(days=400, microseconds=1),
        "content": b"\x00\xff",
        "colour": Colour.RED,
        "size": "large",
    }
    async with database.begin() as session:
        session.add_all([OwnThing(**values), OwnThing()])
    async with database.begin() as session:
        full, empty = await Things(session).list(PageQuery())
        assert {name: getattr(full, name) for name in values} == values
        assert {getattr(empty, name) for name in values} == {None}
        nulls = [getattr(OwnThing, name).is_(None) for name in values]
        assert (await session.scalars(select(OwnThing.id).where(*nulls))).all() == [empty.id]
        stored = select(cast(OwnThing.colour, String)).where(OwnThing.id == full.id)
        assert await session.scalar(stored) == "red"


def test_a_column_of_a_type_that_no_database_has_is_refused_when_it_is_imported() -> None:
    with pytest.raises(ArgumentError, match="'odd'"):

        class OwnOdd(Entity):
            __tablename__ = "_odd"
            metadata: ClassVar[MetaData] = MetaData()

            odd: Mapped[set[str]] = mapped_column()


async def test_decimals_are_exact(database: Database) -> None:
    largest = Decimal("99999999999999.9999")
    amounts = [Decimal("0.1"), Decimal("0.2"), -largest, largest]
    async with database.begin() as session:
        session.add_all([OwnThing(amount=amount) for amount in amounts])
    async with database.begin() as session:
        assert await session.scalar(select(func.sum(OwnThing.amount))) == Decimal("0.3")
        assert await session.scalar(select(func.max(OwnThing.amount))) == largest
        small = OwnThing.amount.between(Decimal("0.1"), Decimal("0.2"))
        computed = select(OwnThing.amount + 1, OwnThing.amount * 2, 2 * OwnThing.amount, OwnThing.amount / 4)
        found = (await session.execute(computed.where(small).order_by(OwnThing.amount))).all()
        expected = [["1.1", "0.2", "0.2", "0.025"], ["1.2", "0.4", "0.4", "0.05"]]
        assert [[*row] for row in found] == [[Decimal(text) for text in row] for row in expected]


@pytest.mark.parametrize("factor", [Decimal("1.5"), 1.5])
def test_a_factor_that_only_some_databases_take_is_refused(factor: Any) -> None:
    with pytest.raises(TypeError, match="in Python"):
        select(OwnThing.amount * factor)


@pytest.mark.parametrize("amount", ["0.00001", "100000000000000", "-100000000000000", "NaN", "Infinity"])
async def test_a_decimal_of_too_many_digits_is_invalid(database: Database, amount: str) -> None:
    with pytest.raises(InvalidError):
        async with database.begin() as session:
            session.add(OwnThing(amount=Decimal(amount)))


@pytest.mark.usefixtures("tables")
def test_a_commit_that_fails_is_never_a_success(app: FastAPI) -> None:
    @app.post("/probe/child", status_code=201)
    async def add_child(session: SessionDep) -> str:
        await session.execute(ADD_CHILD)
        return "done"

    with TestClient(app) as client:
        response = client.post("/probe/child")
    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.fixture
def late_errors(app: FastAPI, tables: None) -> list[Exception]:
    """Of routes whose work goes on with their session after its end."""
    errors: list[Exception] = []
    tasks: list[asyncio.Task[None]] = []

    async def add(session: Session) -> None:
        try:
            await session.execute(ADD_PARENT)
            await session.commit()
        except Exception as error:
            errors.append(error)
            raise

    @app.post("/late/stream")
    async def stream(session: SessionDep) -> StreamingResponse:
        async def chunks() -> AsyncIterator[str]:
            yield "a"
            await add(session)

        return StreamingResponse(chunks())

    @app.post("/late/background")
    async def background(session: SessionDep, tasks: BackgroundTasks) -> None:
        tasks.add_task(add, session)

    @app.post("/late/used")
    async def used(session: SessionDep, tasks: BackgroundTasks) -> None:
        await session.execute(COUNT)
        tasks.add_task(add, session)

    @app.post("/late/task")
    async def task(session: SessionDep) -> None:
        tasks.append(asyncio.create_task(add(session)))
        # It is about to get a connection when the request ends.
        await asyncio.sleep(0)

    @app.post("/late/wait")
    async def wait() -> None:
        await asyncio.gather(*tasks, return_exceptions=True)

    @app.post("/write")
    async def write(session: SessionDep) -> None:
        session.add(OwnParent())

    return errors


@pytest.mark.parametrize("path", ["/late/stream", "/late/background", "/late/used"])
def test_a_session_after_its_end_is_an_error(app: FastAPI, late_errors: list[Exception], path: str) -> None:
    with TestClient(app, raise_server_exceptions=False) as client:
        client.post(path)
        assert [type(error) for error in late_errors] == [InvalidRequestError]
        assert client.get("/health/ready").json()["checks"]["database"] == "ok"


@pytest.mark.parametrize("path", ["/late/stream", "/late/background", "/late/used", "/late/task"])
@pytest.mark.usefixtures("late_errors")
def test_work_that_outlives_its_session_takes_no_connection_along(
    settings: Settings, app: FastAPI, path: str
) -> None:
    with TestClient(app, raise_server_exceptions=False) as client:
        for _ in range(settings.database_pool_size * 2):
            client.post(path)
        assert client.post("/late/wait").status_code == 200
        assert client.get("/health/ready").json()["checks"]["database"] == "ok"
        assert client.post("/write").status_code == 200


@pytest.fixture
def streams(app: FastAPI, tables: None) -> FastAPI:
    """The first one as docs/data.md shows it."""

    async def lines(database: Database) -> AsyncIterator[str]:
        async with database.begin() as session:
            async for parent in await session.stream_scalars(select(OwnParent)):
                yield f"{parent.id}\n"

    @app.get("/stream/response")
    async def response(request: Request) -> StreamingResponse:
        return StreamingResponse(lines(request.state.database))

    @app.get("/stream/generator")
    async def generator(request: Request) -> AsyncIterator[str]:
        async for line in lines(request.state.database):
            yield line

    @app.post("/parents")
    async def add(session: SessionDep) -> None:
        session.add_all(OwnParent() for _ in range(2000))

    return app


@pytest.mark.parametrize("path", ["/stream/response", "/stream/generator"])
def test_a_stream_whose_client_hangs_up_gives_its_connection_back(
    settings: Settings, streams: FastAPI, path: str
) -> None:
    with TestClient(streams) as client:
        assert client.post("/parents").status_code == 200
        assert len(client.get(path).text.splitlines()) == 2000
        for _ in range(settings.database_pool_size * 2):
            with client.stream("GET", path) as response:
                assert response.status_code == 200
        # Else a warning of what was left open belongs to another test.
        gc.collect()
        assert client.get("/health/ready").json()["checks"]["database"] == "ok"


async def test_a_generator_that_is_left_gives_its_connection_back(
    settings: Settings, database: Database
) -> None:
    """As by Starlette, when a client leaves that was waited for: its traceback keeps the generator."""
    left = []

    async def rows() -> AsyncIterator[int]:
        async with database.begin() as session:
            yield await session.scalar(text("SELECT 1"))

    async def respond() -> None:
        left.append(rows())
        async for _ in left[-1]:
            waiting.set()
            await asyncio.Event().wait()

    for _ in range(settings.database_pool_size * 2):
        waiting = asyncio.Event()
        response = asyncio.create_task(respond())
        await waiting.wait()
        response.cancel()
        with pytest.raises(asyncio.CancelledError):
            await response
    assert await count(database) == 0
    for generator in left:
        await generator.aclose()


async def test_an_after_commit_hook_runs_after_a_commit_and_not_a_rollback(database: Database) -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append(await count(database))

    async with database.begin() as session:
        await after_commit(session, look)
        await session.execute(ADD_PARENT)
        assert seen == []
    assert seen == [1]
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as session:
            await after_commit(session, look)
            raise ZeroDivisionError
    assert seen == [1]


async def test_more_requests_than_connections_wait_for_each_other(database: Database) -> None:
    assert await asyncio.gather(*(count(database) for _ in range(50))) == [0] * 50


async def test_waiting_for_a_connection_has_a_timeout(settings: Settings) -> None:
    settings = settings.model_copy(update={"database_pool_size": 1, "database_timeout": 0.1})
    async with open_database(settings) as database, database.begin() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(UnavailableError):
            async with database.begin() as another:
                await another.execute(text("SELECT 1"))


def test_a_lost_database_is_a_503_that_can_be_retried(settings: Settings, lost_url: str) -> None:
    app = create_app(settings.model_copy(update={"database_url": lost_url}))

    @app.get("/probe/select")
    async def select(session: SessionDep) -> int:
        return (await session.execute(text("SELECT 1"))).scalar_one()

    with TestClient(app) as client:
        for path in ("/probe/select", "/health/ready"):
            response = client.get(path)
            assert response.status_code == 503
            assert response.headers["Retry-After"]
        assert client.get("/health/live").status_code == 200


def test_no_value_of_a_statement_is_logged_at_any_level(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(settings.model_copy(update={"log_level": "DEBUG"}))

    @app.get("/probe/value")
    async def value(session: SessionDep, value: str) -> str | None:
        return await session.scalar(select(literal(value)))

    with TestClient(app) as client:
        assert client.get("/probe/value?value=s3cret").json() == "s3cret"
    assert "s3cret" not in capfd.readouterr().out
