"""What has become of every task that was acknowledged."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx2

from .fleet import Fleet
from .senders import Senders


@dataclass
class Verdict:
    faults: int = 0
    accepted: int = 0
    lost: int = 0
    stuck: int = 0
    phantoms: int = 0
    doubled: int = 0
    failed: int = 0
    given_up: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def wrong(self) -> dict[str, int]:
        names = ("lost", "stuck", "phantoms", "doubled", "failed", "given_up")
        return {name: count for name, count in asdict(self).items() if name in names and count}


def records(client: httpx2.Client, url: str) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {"limit": 100}
    while query.get("cursor", "start"):
        page = client.get(f"{url}/tasks", params=query).json()
        yield from page["items"]
        query["cursor"] = page["next_cursor"]


def settled(fleet: Fleet, seconds: float = 120) -> list[dict[str, Any]]:
    """All records with their results, once all have ended or it has taken too long.

    A process that ends in the meantime is started again, as its deployment would. TimeoutError when the
    records could not be read at all: then nothing can be said of them.
    """
    url, end = fleet.urls[0], time.monotonic() + seconds
    with httpx2.Client(timeout=10) as client:
        while True:
            fleet.revive()
            is_late = time.monotonic() > end
            try:
                found = [*records(client, url)]
                if is_late or (found and all(record["ended_at"] for record in found)):
                    # A list shows no results.
                    return [client.get(f"{url}/tasks/{record['id']}").json() for record in found]
            except (httpx2.TransportError, KeyError, ValueError) as error:
                if is_late:
                    raise TimeoutError(f"The records could not be read within {seconds} s.") from error
            time.sleep(0.5)


def audit(senders: Senders, fleet: Fleet) -> Verdict:
    found = settled(fleet)
    told = {id for ids in senders.acknowledged.values() for id in ids}
    numbers = Counter(int(record["result"].split()[0]) for record in found if record["result"])
    keyed = {number: count for number, count in numbers.items() if number not in senders.without_key}
    return Verdict(
        accepted=len(told),
        lost=len(told - {record["id"] for record in found}),
        stuck=sum(record["ended_at"] is None for record in found),
        # A request without a key may have been accepted without an answer: its task has run.
        phantoms=sum(
            record["id"] not in told
            for record in found
            if record["result"] and int(record["result"].split()[0]) in keyed
        ),
        doubled=sum(count > 1 for count in keyed.values())
        + sum(len(ids) > 1 for ids in senders.acknowledged.values()),
        failed=sum(record["state"] in ("failed", "cancelled") for record in found),
        given_up=len(senders.given_up),
    )
