"""Two principals, and whatever they do: neither sees, changes, counts or infers the rows of the other one."""

import random
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.auth import Principal
from tests.support.clients import as_admin, as_principal
from tests.support.principals import ordinary_scopes
from tests.support.sequences import Actor, draw, fields_of_domains, makers_of_domains, merged

SCOPES = frozenset(ordinary_scopes().split())
LENGTH = 10
Enter = Callable[[str], Actor]


@pytest.fixture
def enter(client: TestClient) -> Enter:
    """A new principal of this name, who has no rows."""
    domains, makers = fields_of_domains(), makers_of_domains()
    shared: dict[str, list[str]] = {}
    for make, domain in makers.items():
        if client.post(f"/v1/{domain}", json={}).status_code == 403:
            shared[domain] = [make(as_admin(client))["id"] for _ in range(3)]
    owned = {name: fields for name, fields in domains.items() if name not in shared}
    return lambda name: Actor(as_principal(client, Principal(name, SCOPES)), owned, makers, shared)


def try_sequence(enter: Enter, seed: int) -> None:
    domains = sorted(enter("nobody").domains)
    sequences = [draw(2 * seed + each, domains, LENGTH) for each in (0, 1)] if domains else [[], []]
    alone = [enter(f"alone {seed} {each}") for each in (0, 1)]
    for actor, sequence in zip(alone, sequences, strict=True):
        for step in sequence:
            actor.take(step)
        actor.clear()
    together = [enter(f"together {seed} {each}") for each in (0, 1)]
    together[0].other, together[1].other = together[1], together[0]
    for first, step in merged(random.Random(seed), *sequences):
        together[not first].take(step)
    for one, other in zip(alone, together, strict=True):
        for number, (expected, found) in enumerate(zip(one.seen, other.seen, strict=True)):
            assert found == expected, f"sequence {seed}, request {number}: another principal shows"


def test_a_principal_sees_what_it_would_see_alone(enter: Enter) -> None:
    for seed in range(30):
        try_sequence(enter, seed)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_principal_sees_what_it_would_see_alone_whatever_both_do(enter: Enter) -> None:
    for seed in range(30, 330):
        try_sequence(enter, seed)
