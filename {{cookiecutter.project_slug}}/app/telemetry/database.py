"""What is measured of the pool of database connections."""

import logging
from typing import Any

from prometheus_client import Counter, Gauge
from sqlalchemy import AsyncAdaptedQueuePool, PoolProxiedConnection

IN_USE = Gauge("database_pool_in_use", "Connections that are in use, or being opened.")
SIZE = Gauge("database_pool_size", "Connections that may be in use at the same time.")
WAITING = Gauge("database_pool_waiting", "Transactions that wait for a connection.")
FAILURES = Counter("database_connection_failures", "Connections that could not be had, or not in time.")


class MeasuredPool(AsyncAdaptedQueuePool):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        # SQLAlchemy logs in the name of this class, which is not among those that it keeps quiet.
        logging.getLogger(__name__).setLevel(logging.WARNING)
        super().__init__(*arguments, **options)
        SIZE.set_function(self.size)
        IN_USE.set_function(self.checkedout)

    def connect(self) -> PoolProxiedConnection:
        with WAITING.track_inprogress(), FAILURES.count_exceptions():
            return super().connect()
