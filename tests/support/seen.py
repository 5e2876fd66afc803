"""What is seen of a service: its responses, and the rows in its database."""

import sqlite3
from typing import Any, NamedTuple

import psycopg


class Answer(NamedTuple):
    """A response, and after how many seconds it came; status 0: the server was killed before it came."""

    status: int
    seconds: float
    kind: str = ""
    retry_after: str | None = None
    body: Any = None

    @property
    def refused_well(self) -> bool:
        return self.status == 503 and self.kind == "application/problem+json" and bool(self.retry_after)


def read(address: str, query: str) -> list[Any]:
    """Run the query past the service, in the database itself; the first column of its rows."""
    connection: Any
    if address.startswith("sqlite"):
        connection = sqlite3.connect(address.partition(":///")[2])
    else:
        connection = psycopg.connect(address.replace("+psycopg", ""), autocommit=True)
    cursor = connection.execute(query)
    rows = [row[0] for row in cursor.fetchall()] if cursor.description else []
    connection.close()
    return rows
