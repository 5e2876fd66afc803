"""Fills the last domain with rows, and prints the cursor after so many of them: `fill.py 100000 99900`."""

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert

from app.clock import new_id, now
from app.database import Base, open_database
from app.domains import DOMAINS
from app.paging import Page
from app.settings import Settings


async def fill(rows: int, seen: int) -> str:
    table = Base.metadata.tables[DOMAINS[-1].router.prefix.strip("/")]
    ids = sorted(new_id() for _ in range(rows))
    common = {"created_at": now(), "updated_at": now(), "version": 1}
    async with open_database(Settings()) as database, database.begin() as session:
        await session.execute(insert(table), [{"id": key, "name": f"row {key}", **common} for key in ids])
    row, next_row = (SimpleNamespace(id=key) for key in ids[seen - 1 : seen + 1])
    return str(Page[Any].of([row, next_row], limit=1).next_cursor)


print(asyncio.run(fill(*map(int, sys.argv[1:]))))
