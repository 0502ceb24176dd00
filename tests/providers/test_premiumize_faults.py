"""Premiumize's errors in our words, its limits kept."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from compat.content import SHOW, SINTEL
from compat.emulators.premiumize import Premiumize
from compat.emulators.premiumize_wire import RateLimit
from qbitproxy.core.calls import Purpose
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Refusal, Unreachable
from qbitproxy.providers.premiumize import PROVIDER
from qbitproxy.providers.premiumize_faults import Duplicate, Forbidden, Spent, fault, is_fault, is_throttled
from tests.providers.account import NAME, VIDEO, source_of
from tests.providers.premiumize_account import SharedClock, an_account, connected


def complaint(code: object = None, message: object = "some words") -> bytes:
    body = {"status": "error", "message": message}
    return msgspec.json.encode(body | ({"code": code} if code is not None else {}))


@pytest.mark.parametrize(
    ("code", "kind", "wait"),
    [
        ("transient_error", Unreachable, None),
        ("link_generation_failed", Unreachable, None),
        ("rate_limit_reached", Busy, 60),
        ("account_limit_reached", Spent, 300),
        ("service_limit_reached", Busy, 900),
        ("service_down", Busy, 900),
        ("semi_permanent_error", Busy, 900),
        ("service_unsupported", Refusal, None),
        ("invalid_request", Refusal, None),
        ("not_found", Missing, None),
        ("authentication_failed", Denied, None),
        ("permission_denied", Forbidden, None),
        ("permanent_error", Refusal, None),
        ("unknown_error", Unreachable, None),
        ("never_heard_of", Unreachable, None),
        (7, Unreachable, None),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 503])
def test_the_code_decides_whatever_the_status(
    code: object, kind: type[Fault], wait: float | None, status: int
) -> None:
    found = fault("main", status, complaint(code), None)

    assert (type(found), found.retry_after) == (kind, wait)
    assert is_fault(status, complaint(code))


@pytest.mark.parametrize("code", [None, "", "unknown_error"])
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Not logged in.", Denied),
        ("customer_id and pin parameter missing or not logged in ", Denied),
        ("Account not premium.", Forbidden),
        ("You have reached the maximum of 25 active downloads.", Spent),
        ("Fair use limit reached!", Spent),
        ("Your space is full! Please delete old files first!", Spent),
        ("You already added this job.", Duplicate),
        ("This transfer exists.", Duplicate),
        ("Duplicate transfer", Duplicate),
        ("The file was not found", Missing),
        ("It does not exist.", Missing),
        ("It no longer exists.", Missing),
        ("An error occured. Please try again later.", Unreachable),
        ("", Unreachable),
        (None, Unreachable),
        ({"odd": 1}, Unreachable),
    ],
)
def test_without_a_telling_code_the_text_decides(
    code: str | None, message: object, kind: type[Fault]
) -> None:
    assert type(fault("main", 200, complaint(code, message), None)) is kind


def test_a_full_drive_waits_longer_than_full_slots() -> None:
    full = complaint("account_limit_reached", "Your space is full! Please delete old files first!")

    assert fault("main", 200, full, None).retry_after == 1800


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", Unreachable),
        (403, b"<html></html>", Unreachable),
        (404, b"<html></html>", Unreachable),
        (429, b"", Busy),
        (429, b"<html></html>", Busy),
        (500, b"[[[", Unreachable),
        (502, b"", Unreachable),
        (521, b"<html></html>", Unreachable),
    ],
)
def test_an_http_status_alone_is_no_verdict(status: int, body: bytes, kind: type[Fault]) -> None:
    assert type(fault("main", status, body, None)) is kind
    assert is_throttled(status, body) == (kind is Busy)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"", b'{"id": "x"}', b'{"transfers": [{"status": "error"}]}'])
def test_what_does_not_call_itself_an_error_is_none(body: bytes) -> None:
    assert not is_fault(200, body)


def test_details_hold_no_addresses() -> None:
    message = "Error downloading https://x.example/?apikey=12 of magnet:?xt=urn:btih:ab"

    assert fault("main", 200, complaint("permanent_error", message), None).detail == (
        "Error downloading … of … (permanent_error, HTTP 200)"
    )


@pytest.mark.parametrize("bare", [False, True])
async def test_a_throttled_account_is_left_alone_then_works_again(bare: bool) -> None:
    clock = SharedClock()
    service = Premiumize(clock=clock.theirs, rate_limit=RateLimit(2, bare=bare))
    async with an_account(service, clock=clock) as (pm, provider, _):
        await provider.items()
        await provider.items()

        with pytest.raises(Busy) as caught:
            await provider.items()
        with pytest.raises(Busy, match="slow down"):
            await provider.account()
        assert (caught.value.retry_after, len(pm.requests)) == (60, 3)

        clock.advance(timedelta(seconds=61))
        await provider.items()


async def test_a_wait_the_service_names_goes_before_ours() -> None:
    clock = SharedClock()
    service = Premiumize(clock=clock.theirs, rate_limit=RateLimit(0, bare=True, retry_after=100))
    async with an_account(service, clock=clock) as (_, provider, _clock):
        with pytest.raises(Busy) as caught:
            await provider.items()

        assert caught.value.retry_after == 100


async def test_three_hundred_calls_in_a_row_never_meet_the_limit() -> None:
    clock = SharedClock()
    limit = RateLimit()
    service = Premiumize(clock=clock.theirs, rate_limit=limit)
    async with an_account(service, clock=clock, limits=PROVIDER.http.limits) as (pm, provider, _):
        made = 0
        while made < 300:
            try:
                await provider.items()
                made += 1
            except Busy as busy:
                clock.advance(timedelta(seconds=busy.retry_after or 1))

        assert (len(pm.requests), limit.refused) == (300, 0)


def test_the_pace_stays_below_the_limit() -> None:
    [limit] = PROVIDER.http.limits

    assert PROVIDER.http.requests_per_minute + PROVIDER.http.burst <= limit.calls


async def test_a_key_that_is_revoked_while_running_denies_the_account() -> None:
    async with an_account() as (pm, provider, _):
        await provider.items()
        pm.denies()

        for verb in (provider.items(), provider.submit(source_of(SINTEL), VIDEO), provider.release("X")):
            with pytest.raises(Denied):
                await verb


async def test_errors_from_before_codes_are_understood() -> None:
    async with an_account(key="wrong") as (pm, provider, _):
        pm.habits.coded = False

        with pytest.raises(Denied, match="Not logged in"):
            await provider.items()


async def test_a_cache_check_that_leaves_torrents_out_says_nothing() -> None:
    check, clock = PROVIDER.cache_check, SharedClock()
    assert check is not None
    async with Premiumize() as pm, connected(pm, clock) as http:
        pm.knows(SHOW)
        pm.most_checked = 1

        with pytest.raises(Unreachable, match="1 of 2"):
            await check.ask(http, NAME, [SHOW.infohash, SINTEL.infohash])


async def test_a_torrent_said_to_be_cached_may_still_wait() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW, profile="claimed")

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert item.files is None


async def test_every_call_says_what_it_is_for() -> None:
    async with Premiumize() as pm, connected(pm, SharedClock()) as http:
        pm.knows(SINTEL)
        provider = PROVIDER.connect(http, NAME)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        await provider.items()
        await provider.link((item.files or ())[0])

        used = {purpose: use.calls for purpose, use in http.use().items()}

        assert used == {
            Purpose.ADD: len(pm.requests) - 2,
            Purpose.LINK: 1,
            Purpose.POLL: 1,
            Purpose.REPAIR: 0,
        }
