"""Fills the last domain with rows, and prints the cursor after so many of them: `fill.py 100000 99900`."""

import asyncio
import base64
import sys

from sqlalchemy import insert

from app.clock import new_id, now
from app.database import Base, open_database
from app.domains import DOMAINS
from app.settings import Settings


async def fill(rows: int, seen: int) -> str:
    table = Base.metadata.tables[DOMAINS[-1].router.prefix.strip("/")]
    ids = sorted(new_id() for _ in range(rows))
    common = {"created_at": now(), "updated_at": now(), "version": 1}
    async with open_database(Settings()) as database, database.begin() as session:
        await session.execute(insert(table), [{"id": key, "name": f"row {key}", **common} for key in ids])
    return base64.urlsafe_b64encode(ids[seen - 1].bytes).decode().rstrip("=")


print(asyncio.run(fill(*map(int, sys.argv[1:]))))
