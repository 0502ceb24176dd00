"""Addresses from which credentials fail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qbitproxy.accounts import Accounts, Banned, TokenKind
from tests.accounts.conftest import HOME, RULES
from tests.support import ManualClock


async def test_success_forgives_earlier_failures(accounts: Accounts) -> None:
    await accounts.create("anna", "correct horse")
    for _ in range(5):
        await accounts.login("anna", "wrong", HOME)
        await accounts.login("anna", "correct horse", HOME)

    assert not accounts.attempts.banned(HOME)


def test_old_failures_are_forgotten(accounts: Accounts, clock: ManualClock) -> None:
    accounts.attempts.failed(HOME)
    accounts.attempts.failed(HOME)
    clock.advance(RULES.ban)
    accounts.attempts.failed(HOME)

    assert not accounts.attempts.banned(HOME)


def test_each_further_ban_lasts_twice_as_long_up_to_a_day(accounts: Accounts, clock: ManualClock) -> None:
    lengths = []
    for _ in range(10):
        for _ in range(RULES.failures):
            accounts.attempts.failed(HOME)
        with pytest.raises(Banned) as refused:
            accounts.attempts.refuse_banned(HOME)
        lengths.append(refused.value.until - clock.now())
        clock.advance(lengths[-1])
        assert not accounts.attempts.banned(HOME)

    assert lengths[:4] == [RULES.ban * factor for factor in (1, 2, 4, 8)]
    assert lengths[-1] == timedelta(days=1)


async def test_guessed_tokens_ban_as_guessed_passwords_do(accounts: Accounts) -> None:
    token = await accounts.tokens.rotate()
    for number in range(RULES.failures):
        assert await accounts.by_token(f"guess {number}", HOME, TokenKind.API) is None

    with pytest.raises(Banned):
        await accounts.by_token(token, HOME, TokenKind.API)
    with pytest.raises(Banned):
        await accounts.login("anna", "correct horse", HOME)
    assert await accounts.by_token(token, "192.0.2.2", TokenKind.API) is not None


async def test_a_program_with_an_old_token_bans_nobody_by_asking_again_and_again(accounts: Accounts) -> None:
    old, new = await accounts.tokens.rotate(), await accounts.tokens.rotate()

    for _ in range(50):
        assert await accounts.by_token(old, HOME, TokenKind.API) is None

    assert await accounts.by_token(new, HOME, TokenKind.API) is not None


async def test_programs_with_old_tokens_ban_nobody_by_taking_turns(accounts: Accounts) -> None:
    old = [await accounts.tokens.rotate() for _ in range(2)]
    new = await accounts.tokens.rotate()

    for _ in range(10):
        for token in old:
            assert await accounts.by_token(token, HOME, TokenKind.API) is None

    assert await accounts.by_token(new, HOME, TokenKind.API) is not None


@pytest.mark.parametrize(
    ("guesser", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.9", "::ffff:192.0.2.9", True),
        ("::ffff:192.0.2.9", "192.0.2.9", True),
        ("192.0.2.9", "192.0.2.8", False),
        ("", "", True),
    ],
)
def test_one_site_is_one_address(accounts: Accounts, guesser: str, other: str, same: bool) -> None:
    for _ in range(RULES.failures):
        accounts.attempts.failed(guesser)

    assert accounts.attempts.banned(other) is same


def test_no_crowd_of_addresses_fills_the_memory(accounts: Accounts) -> None:
    for _ in range(RULES.failures):
        accounts.attempts.failed(HOME)

    for number in range(10_000):
        accounts.attempts.failed(f"10.0.{number // 256}.{number % 256}")

    assert not accounts.attempts.banned(HOME)
