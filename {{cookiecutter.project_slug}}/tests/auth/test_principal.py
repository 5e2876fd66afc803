import asyncio
from typing import Any

import pytest

from app.auth import SYSTEM, Principal, act_as, acting_as, current_principal, required_principal

ADA = Principal("ada", frozenset({"orders:read"}))


def test_a_principal_is_known_within_its_block_alone() -> None:
    assert current_principal() is None
    with acting_as(ADA):
        with acting_as(SYSTEM):
            assert current_principal() is SYSTEM
        assert required_principal() is ADA
    assert current_principal() is None


def test_it_is_an_error_to_be_nobody() -> None:
    with pytest.raises(LookupError, match="acting_as"):
        required_principal()


async def test_principals_of_tasks_do_not_mix() -> None:
    async def act(principal: Principal) -> None:
        act_as(principal)
        await asyncio.sleep(0)
        assert current_principal() == principal

    await asyncio.gather(act(ADA), act(SYSTEM))
    assert current_principal() is None


def test_what_the_service_does_itself_owns_nothing_and_may_do_all() -> None:
    assert (SYSTEM.owner, SYSTEM.is_admin, ADA.owner, ADA.is_admin) == ("", True, "ada", False)


@pytest.mark.parametrize("owner", ["", None, 7])
def test_a_principal_without_an_owner_is_refused(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would see the tasks of SYSTEM, or be taken for it."""
    with pytest.raises(LookupError, match="refuse tokens"):
        Principal("", SYSTEM.scopes)
    monkeypatch.setattr(Principal, "owner", owner)
    with pytest.raises(LookupError, match="refuse tokens"):
        Principal("ada")
