"""Each repository has the rows of the current principal, and nothing is written into others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from . import memory
from .memory import Entity, Session, references_of, refers_to
from .ownership import OWNER, ForeignRowError, new_owner, seen_owner


@dataclass(kw_only=True)
class OwnedEntity(Entity):
    """A row that belongs to one owner: nobody else meets it or its values."""

    owner_id: str = field(default_factory=new_owner)


Row = TypeVar("Row", bound=Entity)


class OwnRows(MutableMapping[UUID, Any]):
    """The rows of a table that belong to an owner, or to nobody; to None belong all."""

    def __init__(self, rows: dict[UUID, Any], owner: str | None) -> None:
        self._rows = rows
        self._owner = owner

    def _has(self, row: Any) -> bool:
        return self._owner is None or getattr(row, OWNER, self._owner) == self._owner

    def __getitem__(self, id: UUID) -> Any:
        row = self._rows[id]
        if not self._has(row):
            raise KeyError(id)
        return row

    def __setitem__(self, id: UUID, row: Any) -> None:
        if not self._has(row):
            raise ForeignRowError("This row is of another owner than the current principal.")
        self._rows[id] = row

    def __delitem__(self, id: UUID) -> None:
        del self._rows[self[id].id]

    def __iter__(self) -> Iterator[UUID]:
        return (id for id, row in self._rows.items() if self._has(row))

    def __len__(self) -> int:
        return sum(map(self._has, self._rows.values()))


class OwnTables(defaultdict[str, Any]):
    """Each table of a session with the rows of an owner."""

    def __init__(self, tables: Mapping[str, dict[UUID, Any]], owner: str | None) -> None:
        super().__init__()
        self._all = tables
        self._owner = owner

    def __missing__(self, name: str) -> OwnRows:
        return OwnRows(self._all[name], self._owner)


class EntityRepository(memory.EntityRepository[Row]):
    """How the rows of one model are stored and found."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._row_owner: str | None = None

    @property
    def _tables(self) -> OwnTables:
        """Whoever uses the repository now."""
        return OwnTables(self._session.tables, self._row_owner or seen_owner())

    @property
    def _rows(self) -> OwnRows:
        return self._tables[self.model.__tablename__]

    def _check(self, values: Mapping[str, Any]) -> None:
        """Next to the rows of the same owner, also when the service itself writes."""
        owner = values.get(OWNER)
        if owner and seen_owner() not in (None, owner):
            raise ForeignRowError("This row is of another owner than the current principal.")
        self._row_owner = owner
        try:
            super()._check(values)
        finally:
            self._row_owner = None

    def _tables_that_refer_to(self, row: Row) -> Iterator[str]:
        yield from super()._tables_that_refer_to(row)
        for model in OwnedEntity.__subclasses__():
            names = [name for name, table in references_of(model).items() if table == row.__tablename__]
            if any(refers_to(other, row, names) for other in self._tables[model.__tablename__].values()):
                yield model.__tablename__
