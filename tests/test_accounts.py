"""Who may come in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from qbitproxy.accounts import Accounts, Banned, Cost, Rules
from qbitproxy.core.caller import Caller
from qbitproxy.store import Store
from tests.support import ManualClock

CHEAP = Cost(n=2, r=1, p=1)
RULES = Rules(idle=timedelta(hours=1), absolute=timedelta(hours=10), failures=3, ban=timedelta(minutes=10))
HOME = "192.0.2.1"
SONARR = Caller(name="sonarr", arr="sonarr", category="tv-sonarr")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "qbitproxy.db")
    yield store
    store.close()


@pytest.fixture
def accounts(store: Store, clock: ManualClock) -> Accounts:
    return Accounts(store, clock, RULES, CHEAP)


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_first_start_gives_a_password_once(accounts: Accounts) -> None:
    password = await accounts.first_start()

    assert password is not None
    assert len(password) == 16
    assert await accounts.first_start() is None
    assert await accounts.login("admin", password, HOME) == Caller(name="admin")


async def test_two_installations_start_with_different_passwords(tmp_path: Path, clock: ManualClock) -> None:
    passwords = []
    for name in ("one.db", "two.db"):
        store = Store(tmp_path / name)
        passwords.append(await Accounts(store, clock, RULES, CHEAP).first_start())
        store.close()

    assert passwords[0] != passwords[1]


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


async def test_nobody_logs_in_before_the_first_start(accounts: Accounts) -> None:
    assert await accounts.login("admin", "", HOME) is None


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
    assert accounts.banned(HOME)
    assert not accounts.banned("192.0.2.2")
    clock.advance(RULES.ban)
    assert await accounts.login("anna", "correct horse", HOME) is not None


async def test_success_forgives_earlier_failures(accounts: Accounts) -> None:
    await accounts.change_password("anna", "correct horse")
    for _ in range(5):
        await accounts.login("anna", "wrong", HOME)
        await accounts.login("anna", "correct horse", HOME)

    assert not accounts.banned(HOME)


def test_old_failures_are_forgotten(accounts: Accounts, clock: ManualClock) -> None:
    accounts.failed(HOME)
    accounts.failed(HOME)
    clock.advance(RULES.ban)
    accounts.failed(HOME)

    assert not accounts.banned(HOME)


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


async def test_api_token_is_good_until_the_next_one(
    accounts: Accounts, store: Store, clock: ManualClock
) -> None:
    assert accounts.bearer("") is None
    first = await accounts.rotate_token()
    second = await accounts.rotate_token()

    for known in (accounts, Accounts(store, clock, RULES, CHEAP)):
        assert known.bearer(first) is None
        caller = known.bearer(second)
        assert caller is not None
        assert caller.token


async def test_api_token_outlives_a_new_password(accounts: Accounts) -> None:
    token = await accounts.rotate_token()

    await accounts.change_password("anna", "second")

    assert accounts.bearer(token) is not None


@pytest.mark.parametrize("odd", ["ünïcode", "\udcff", "x" * 100_000])
async def test_odd_api_token_is_nobody(accounts: Accounts, odd: str) -> None:
    await accounts.rotate_token()

    assert accounts.bearer(odd) is None


async def test_disk_holds_no_secret_in_clear(accounts: Accounts, tmp_path: Path) -> None:
    password = await accounts.first_start()
    assert password is not None
    session, token = await accounts.open_session(SONARR), await accounts.rotate_token()

    kept = everything_in(tmp_path)

    for secret in (password, session, token):
        assert secret.encode() not in kept
