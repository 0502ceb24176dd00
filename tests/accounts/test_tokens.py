"""Tokens: named, limited, kept as hashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qbitproxy.accounts import Accounts, TokenExists, TokenKind
from qbitproxy.core.caller import Scope
from qbitproxy.store import Store
from tests.accounts.conftest import CHEAP, HOME, RULES
from tests.support import ManualClock

API, QBIT = TokenKind.API, TokenKind.QBIT


async def test_the_token_of_scripts_is_good_until_the_next_one(
    accounts: Accounts, store: Store, clock: ManualClock
) -> None:
    first = await accounts.tokens.rotate()
    second = await accounts.tokens.rotate()

    for known in (accounts, Accounts(store, clock, RULES, CHEAP)):
        assert await known.by_token(first, HOME, API) is None
        caller = await known.by_token(second, HOME, API)
        assert caller is not None
        assert (caller.name, caller.token, caller.scope) == ("api", True, Scope.ADMIN)


async def test_tokens_of_several_names_live_beside_each_other(
    accounts: Accounts, store: Store, clock: ManualClock
) -> None:
    tokens = {scope: await accounts.tokens.create(f"my-{scope}", scope) for scope in Scope}

    for known in (accounts, Accounts(store, clock, RULES, CHEAP)):
        for scope, token in tokens.items():
            caller = await known.by_token(token, HOME, API)
            assert caller is not None
            assert (caller.name, caller.scope) == (f"my-{scope}", scope)


async def test_a_revoked_token_is_nobody(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    token, other = await accounts.tokens.create("one"), await accounts.tokens.create("two")

    assert await accounts.tokens.revoke("one")

    assert not await accounts.tokens.revoke("one")
    for known in (accounts, Accounts(store, clock, RULES, CHEAP)):
        assert await known.by_token(token, HOME, API) is None
        assert await known.by_token(other, HOME, API) is not None


async def test_a_token_ends_when_it_was_to(accounts: Accounts, clock: ManualClock) -> None:
    token = await accounts.tokens.create("short", expires=clock.now() + timedelta(days=1))
    clock.advance(timedelta(days=1) - timedelta(seconds=1))
    assert await accounts.by_token(token, HOME, API) is not None

    clock.advance(timedelta(seconds=1))

    assert await accounts.by_token(token, HOME, API) is None
    (listed,) = accounts.tokens.listed()
    assert listed.expired(clock.now())


@pytest.mark.parametrize("name", ["mine", "api", "qbit"])
async def test_a_name_that_is_taken_or_reserved_makes_no_token(accounts: Accounts, name: str) -> None:
    token = await accounts.tokens.create("mine")

    with pytest.raises(TokenExists):
        await accounts.tokens.create(name)

    assert await accounts.by_token(token, HOME, API) is not None


async def test_use_is_noted_once_a_minute(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    token = await accounts.tokens.create("script")
    first = clock.now()
    noted = []
    for _ in range(3):
        await accounts.by_token(token, HOME, API)
        noted.append(Accounts(store, clock, RULES, CHEAP).tokens.listed()[0].used)
        clock.advance(timedelta(seconds=30))

    assert noted == [first, first, first + timedelta(minutes=1)]


async def test_a_key_of_the_qbittorrent_face_looks_as_its_clients_expect(accounts: Accounts) -> None:
    key = await accounts.tokens.create("cleaner", Scope.READ, kind=QBIT)

    assert len(key) == 32
    assert key.startswith("qbt_")
    assert await accounts.by_token(key, HOME, API) is None
    caller = await accounts.by_token(key, HOME, API, QBIT)
    assert caller is not None
    assert caller.scope is Scope.READ


async def test_tokens_outlive_a_new_password(accounts: Accounts) -> None:
    token = await accounts.tokens.rotate()

    await accounts.change_password("anna", "second")

    assert await accounts.by_token(token, HOME, API) is not None


@pytest.mark.parametrize("odd", ["", "ünïcode", "\udcff", "x" * 100_000])
async def test_an_odd_token_is_nobody(accounts: Accounts, odd: str) -> None:
    await accounts.tokens.rotate()

    assert await accounts.by_token(odd, HOME, API) is None
