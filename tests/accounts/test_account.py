"""The account, its sessions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from qbitproxy.accounts import Accounts, Banned, Cost, TokenKind
from qbitproxy.core.caller import Caller
from qbitproxy.store import Store
from tests.accounts.conftest import CHEAP, HOME, RULES
from tests.support import ManualClock

SONARR = Caller(name="sonarr", arr="sonarr", category="tv-sonarr")


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_account_is_made_once(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    assert not accounts.exists

    made = [await accounts.create("anna", "correct horse"), await accounts.create("eve", "another horse")]

    assert made == [True, False]
    for known in (accounts, Accounts(store, clock, RULES, CHEAP)):
        assert known.exists
        assert await known.login("anna", "correct horse", HOME) == Caller(name="anna")
        assert await known.login("eve", "another horse", HOME) is None


async def test_password_proves_the_account_at_full_cost(store: Store, clock: ManualClock) -> None:
    accounts = Accounts(store, clock)

    await accounts.change_password("anna", "correct horse")

    assert await accounts.login("anna", "correct horse", HOME) == Caller(name="anna")


async def test_verifier_keeps_the_cost_it_was_made_with(
    accounts: Accounts, store: Store, clock: ManualClock
) -> None:
    await accounts.change_password("anna", "correct horse")

    dearer = Accounts(store, clock, RULES, Cost(n=4, r=1, p=1))

    assert await dearer.login("anna", "correct horse", HOME) is not None


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("anna", "wrong"),
        ("Anna", "correct horse"),
        ("", ""),
        ("anna", ""),
        ("änna", "correct horse"),
        ("anna", "\udcff"),
    ],
)
async def test_wrong_credentials_prove_nothing(accounts: Accounts, username: str, password: str) -> None:
    await accounts.change_password("anna", "correct horse")

    assert await accounts.login(username, password, HOME) is None


async def test_nobody_logs_in_before_there_is_an_account(accounts: Accounts) -> None:
    assert await accounts.login("admin", "", HOME) is None


async def test_an_account_nobody_made_gets_a_random_password(accounts: Accounts) -> None:
    first, second = await accounts.reset_password(), await accounts.reset_password()

    assert first[0] == "admin"
    assert len(first[1]) == 16
    assert first != second
    assert await accounts.login(*second, HOME) == Caller(name="admin")


async def test_password_is_lost_and_reset(accounts: Accounts) -> None:
    await accounts.change_password("anna", "forgotten")

    username, password = await accounts.reset_password()

    assert username == accounts.username == "anna"
    assert await accounts.login("anna", "forgotten", HOME) is None
    assert await accounts.login("anna", password, HOME) is not None


async def test_address_that_keeps_failing_is_banned_for_a_while(
    accounts: Accounts, clock: ManualClock
) -> None:
    await accounts.change_password("anna", "correct horse")
    for _ in range(RULES.failures):
        assert await accounts.login("anna", "wrong", HOME) is None

    with pytest.raises(Banned) as refused:
        await accounts.login("anna", "correct horse", HOME)

    assert refused.value.until == clock.now() + RULES.ban
    assert accounts.attempts.banned(HOME)
    assert not accounts.attempts.banned("192.0.2.2")
    clock.advance(RULES.ban)
    assert await accounts.login("anna", "correct horse", HOME) is not None


async def test_session_survives_a_restart(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    token = await accounts.open_session(SONARR)

    restarted = Accounts(store, clock, RULES, CHEAP)

    assert await restarted.session(token) == SONARR
    assert token.isalnum()


async def test_session_of_one_kind_opens_nothing_of_another(accounts: Accounts) -> None:
    token = await accounts.open_session(SONARR, "qbit")

    assert await accounts.session(token, "web") is None
    assert await accounts.session(token, "qbit") == SONARR


async def test_unknown_token_is_nobody(accounts: Accounts) -> None:
    await accounts.open_session(SONARR)

    assert await accounts.session("") is None
    assert await accounts.session("f" * 64) is None


async def test_session_ends_when_it_is_unused(accounts: Accounts, clock: ManualClock) -> None:
    token = await accounts.open_session(SONARR)

    clock.advance(RULES.idle + timedelta(seconds=1))

    assert await accounts.session(token) is None


async def test_use_renews_a_session_until_its_absolute_end(
    accounts: Accounts, store: Store, clock: ManualClock
) -> None:
    token = await accounts.open_session(SONARR)
    for _ in range(20):
        clock.advance(timedelta(minutes=30))
        assert await accounts.session(token) == SONARR
    assert await Accounts(store, clock, RULES, CHEAP).session(token) == SONARR

    clock.advance(timedelta(minutes=1))

    assert await accounts.session(token) is None


async def test_closed_session_stays_closed(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    token = await accounts.open_session(SONARR)

    await accounts.close_session(token)
    await accounts.close_session(token)

    assert await accounts.session(token) is None
    assert await Accounts(store, clock, RULES, CHEAP).session(token) is None


async def test_new_password_ends_every_session(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    await accounts.change_password("anna", "first")
    before = accounts.epoch
    tokens = [await accounts.open_session(Caller(name="anna"), "web"), await accounts.open_session(SONARR)]

    await accounts.change_password("anna", "second")

    assert accounts.epoch > before
    for known in (accounts, Accounts(store, clock, RULES, CHEAP)):
        assert await known.session(tokens[0], "web") is None
        assert await known.session(tokens[1]) is None


async def test_expired_sessions_make_room(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    await accounts.open_session(SONARR)
    clock.advance(RULES.idle * 2)

    token = await accounts.open_session(SONARR)

    (row,) = await store.read(lambda db: db.execute("SELECT count(*) FROM session").fetchone())
    assert row == 1
    assert await accounts.session(token) == SONARR


async def test_longest_unused_session_makes_room_for_one_too_many(store: Store, clock: ManualClock) -> None:
    accounts = Accounts(store, clock, replace(RULES, sessions=2), CHEAP)
    oldest = await accounts.open_session(SONARR)
    clock.advance(timedelta(seconds=1))
    others = [await accounts.open_session(SONARR), await accounts.open_session(SONARR)]

    assert await accounts.session(oldest) is None
    assert [await accounts.session(token) for token in others] == [SONARR, SONARR]


async def test_sessions_are_listed_without_what_opens_them(accounts: Accounts, clock: ManualClock) -> None:
    await accounts.create("anna", "correct horse")
    gone = await accounts.open_session(SONARR)
    clock.advance(RULES.idle - timedelta(minutes=1))
    token = await accounts.open_session(Caller(name="anna"), "web", "192.0.2.7")
    clock.advance(timedelta(minutes=2))

    (listed,) = accounts.open_sessions()

    assert (listed.name, listed.kind, listed.address) == ("anna", "web", "192.0.2.7")
    assert listed.id == accounts.session_id(token)
    assert listed.id not in token
    assert await accounts.session(listed.id, "web") is None
    assert await accounts.session(gone) is None


async def test_a_revoked_session_is_over(accounts: Accounts, store: Store, clock: ManualClock) -> None:
    kept, token = await accounts.open_session(SONARR), await accounts.open_session(SONARR)

    revoked = await accounts.revoke_session(accounts.session_id(token))

    assert revoked
    assert not await accounts.revoke_session("ffff")
    for known in (accounts, Accounts(store, clock, RULES, CHEAP)):
        assert await known.session(token) is None
        assert await known.session(kept) == SONARR


async def test_a_session_revoked_while_it_is_used_stays_over(accounts: Accounts, clock: ManualClock) -> None:
    token = await accounts.open_session(SONARR)
    clock.advance(RULES.idle / 10)  # its use is to be noted

    async with asyncio.TaskGroup() as group:
        group.create_task(accounts.session(token))
        group.create_task(accounts.revoke_session(accounts.session_id(token)))

    assert await accounts.session(token) is None


async def test_another_process_is_noticed_within_a_second(
    accounts: Accounts, store: Store, clock: ManualClock
) -> None:
    await accounts.create("anna", "correct horse")
    session = await accounts.open_session(SONARR)
    command_line = Accounts(store, clock, RULES, CHEAP)

    await command_line.change_password("anna", "better horse")
    token = await command_line.tokens.create("script")
    await command_line.unlock(True)
    clock.advance(timedelta(seconds=1))

    assert await accounts.session(session) is None
    assert await accounts.login("anna", "better horse", HOME) is not None
    assert await accounts.login("anna", "correct horse", HOME) is None
    assert await accounts.by_token(token, HOME, TokenKind.API) is not None
    assert accounts.unlocked
    await command_line.tokens.revoke("script")
    await command_line.unlock(False)
    clock.advance(timedelta(seconds=1))
    assert await accounts.by_token(token, HOME, TokenKind.API) is None
    assert not accounts.unlocked


async def test_two_that_change_the_password_at_once_end_each_others_sessions(
    accounts: Accounts, store: Store, clock: ManualClock
) -> None:
    await accounts.create("anna", "correct horse")
    other = Accounts(store, clock, RULES, CHEAP)

    await other.change_password("anna", "second")
    await accounts.change_password("anna", "third")

    assert Accounts(store, clock, RULES, CHEAP).epoch == 3


async def test_disk_holds_no_secret_in_clear(accounts: Accounts, tmp_path: Path) -> None:
    _, password = await accounts.reset_password()
    session, token = await accounts.open_session(SONARR), await accounts.tokens.rotate()

    kept = everything_in(tmp_path)

    for secret in (password, session, token):
        assert secret.encode() not in kept
