"""Each repository has the rows of the current principal, and nothing is written into others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from app.clock import new_id
from app.paging import PageQuery
from . import memory
from .memory import Entity, has_values, references_of, refers_to
from .ownership import OWNER, ForeignRowError, new_owner, seen_owner


@dataclass(kw_only=True)
class OwnedEntity(Entity):
    """A row that belongs to one owner: nobody else meets it or its values."""

    owner_id: str = field(default_factory=new_owner)


Row = TypeVar("Row", bound=Entity)


def is_own(row: Entity) -> bool:
    """Also what belongs to everybody."""
    owner = seen_owner() if isinstance(row, OwnedEntity) else None
    return owner is None or vars(row)[OWNER] == owner


def check_owner(values: Mapping[str, Any]) -> None:
    if OWNER in values and seen_owner() not in (None, values[OWNER]):
        raise ForeignRowError("This row is of another owner than the current principal.")


class EntityRepository(memory.EntityRepository[Row]):
    """How the rows of one model are stored and found."""

    _owner: str | None = None
    """Of the row that is being written."""

    async def get(self, id: UUID) -> Row | None:
        row = await super().get(id)
        return row if row and is_own(row) else None

    async def list(self, query: PageQuery, *conditions: Callable[[Row], bool]) -> Sequence[Row]:
        """A page of the rows that meet the conditions, and one row more when another page follows."""
        return await super().list(query, is_own, *conditions)

    async def update(self, row: Row, changes: Mapping[str, Any]) -> Row:
        check_owner(vars(row))
        return await super().update(row, changes)

    async def delete(self, row: Row) -> None:
        check_owner(vars(row))
        await super().delete(row)

    def check(self, values: Mapping[str, Any]) -> None:
        check_owner(values)
        self._owner = values.get(OWNER)
        # As unknown as a row that is not there.
        super().check({**values, **{name: new_id() for name in self._foreign(values)}})

    def _foreign(self, values: Mapping[str, Any]) -> Iterator[str]:
        """References to rows of another owner."""
        for name, table in references_of(self.model).items():
            row = self._tables[table].get(values[name])
            if isinstance(row, OwnedEntity) and row.owner_id != self._owner:
                yield name

    def _has_other(self, id: UUID, values: Mapping[str, Any]) -> bool:
        wanted = {**values, OWNER: self._owner} if issubclass(self.model, OwnedEntity) else values
        return any(row.id != id and has_values(row, wanted) for row in self._rows.values())

    def tables_that_refer_to(self, row: Row) -> Iterator[str]:
        yield from super().tables_that_refer_to(row)
        for model in OwnedEntity.__subclasses__():
            names = [name for name, table in references_of(model).items() if table == row.__tablename__]
            if any(refers_to(other, row, names) for other in self._tables[model.__tablename__].values()):
                yield model.__tablename__
