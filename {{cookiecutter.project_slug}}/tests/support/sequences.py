"""Random sequences of what a client can do with the rows of domains, and what it sees when it does."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction
from typing import Any
from uuid import UUID

import httpx2
from fastapi.testclient import TestClient

from app.domains import DOMAINS
from .fields import Fields, Reference

# What differs each time, whoever else is there.
PASSING = {"created_at", "updated_at", "request_id"}
NOWHERE = str(UUID(int=1))
# Few, so that both principals have the same ones.
NUMBERS = range(1, 4)
KEYS = ("", "", "first", "second")


def fields_of_domains() -> dict[str, Fields]:
    """Those that have a factory."""
    names = [domain.__name__.rpartition(".")[2] for domain in DOMAINS]
    there = [name for name in names if find_spec(f"tests.domains.{name}.factory")]
    return {name: import_module(f"tests.domains.{name}.factory").FIELDS for name in there}


def makers_of_domains() -> dict[Any, str]:
    """Which domain a function makes rows of."""
    modules = {name: import_module(f"tests.domains.{name}.factory") for name in fields_of_domains()}
    return {
        function: name
        for name, module in modules.items()
        for function in vars(module).values()
        if isfunction(function) and function.__module__ == module.__name__
    }


@dataclass(frozen=True)
class Step:
    """One request, with a row of one's own or of the other one: the one of this number."""

    action: str
    domain: str
    theirs: bool
    number: int
    seed: int


def draw(seed: int, domains: list[str], length: int) -> list[Step]:
    chance = random.Random(seed)
    actions = ["create"] * 4 + ["get", "patch", "patch", "delete", "list", "list", "filter"]
    return [
        Step(
            chance.choice(actions),
            chance.choice(domains),
            chance.random() < 0.2,
            chance.randrange(9),
            chance.randrange(2**32),
        )
        for _ in range(length)
    ]


@dataclass
class Actor:
    """Takes the steps of a principal, and writes down what it sees."""

    client: TestClient
    domains: Mapping[str, Fields]
    makers: Mapping[Any, str]
    shared: Mapping[str, list[str]]
    """The rows of domains that belong to everybody."""
    other: "Actor | None" = None
    ids: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    seen: list[Any] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        chance = random.Random(step.seed)
        url = f"/v1/{step.domain}"
        row = f"{url}/{self.id_of(step.domain, step.theirs, step.number)}"
        if step.action == "create":
            self.create(step.domain, self.body(step.domain, chance, step.theirs), chance.choice(KEYS))
        elif step.action == "patch":
            body = self.body(step.domain, chance, step.theirs)
            names = chance.sample(sorted(body), min(len(body), 2))
            self.see(self.client.patch(row, json={name: body[name] for name in names}))
        elif step.action in ("get", "delete"):
            self.see(self.client.request(step.action.upper(), row))
        else:
            self.list_all(url, self.filters(step, chance) if step.action == "filter" else {}, chance)

    def id_of(self, domain: str, theirs: bool, number: int) -> str:
        """Where there is no such row: one that nobody has."""
        ids = self.ids if not theirs else self.other.ids if self.other else {}
        known = ids.get(domain) or [NOWHERE]
        return known[number % len(known)]

    def body(self, domain: str, chance: random.Random, theirs: bool) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, each in self.domains[domain].items():
            number = chance.choice(NUMBERS)
            if isinstance(each, Reference):
                values[name] = self.reference(each, theirs, number)
            else:
                values[name] = each.value(self.client, number)
            if each.optional and chance.random() < 0.3:
                values[name] = None
        return values

    def reference(self, to: Reference, theirs: bool, number: int) -> str:
        domain = self.makers[to.make]
        if rows := self.shared.get(domain):
            return rows[number % len(rows)]
        return self.id_of(domain, theirs, number)

    def create(self, domain: str, body: dict[str, Any], key: str) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        response = self.client.post(f"/v1/{domain}", json=body, headers=headers)
        if response.status_code == 201 and response.json()["id"] not in self.ids[domain]:
            self.ids[domain].append(response.json()["id"])
        self.see(response)

    def filters(self, step: Step, chance: random.Random) -> dict[str, Any]:
        body = self.body(step.domain, chance, step.theirs)
        names = [name for name, each in self.domains[step.domain].items() if each.filters and body[name]]
        return {name: body[name] for name in chance.sample(names, min(len(names), 1))}

    def list_all(self, url: str, filters: dict[str, Any], chance: random.Random) -> None:
        query = {**filters, "limit": chance.choice((1, 2, 100))}
        while query.get("cursor", "start"):
            page = self.see(self.client.get(url, params=query)).json()
            query["cursor"] = page.get("next_cursor")

    def see(self, response: httpx2.Response) -> httpx2.Response:
        body = response.json() if response.content else None
        self.seen.append((response.request.method, response.status_code, self.named(body)))
        return response

    def named(self, value: Any) -> Any:
        """With IDs by the order in which they were seen, and of a cursor only whether there is one."""
        if isinstance(value, dict):
            kept = {name: each for name, each in value.items() if name not in PASSING}
            return {
                name: bool(each) if name == "next_cursor" else self.named(each) for name, each in kept.items()
            }
        if isinstance(value, list):
            return [self.named(each) for each in value]
        is_id = isinstance(value, str) and value in {id for ids in self.ids.values() for id in ids}
        return self.names.setdefault(value, f"row {len(self.names)}") if is_id else value

    def clear(self) -> None:
        """Until nothing is left that another row refers to."""
        left = {(domain, id) for domain, ids in self.ids.items() for id in ids}
        for _ in range(len(left)):
            left = {
                (domain, id)
                for domain, id in left
                if self.client.delete(f"/v1/{domain}/{id}").status_code == 409
            }


def merged(chance: random.Random, one: list[Step], other: list[Step]) -> Iterator[tuple[bool, Step]]:
    """Both sequences as one, each in its order; true for the steps of the first."""
    left = {True: [*one], False: [*other]}
    while left[True] or left[False]:
        first = chance.random() < 0.5 if left[True] and left[False] else bool(left[True])
        yield first, left[first].pop(0)
