"""Real-Debrid's errors in our words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compat.content import SINTEL
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.realdebrid_wire import RateLimit
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Refusal, Unreachable
from qbitproxy.providers.realdebrid_wire import fault, is_throttled
from tests.providers.account import VIDEO, an_account, source_of


async def test_a_throttled_account_is_left_alone_then_works_again() -> None:
    async with an_account(RealDebrid(rate_limit=RateLimit(burst=2, window=60))) as (rd, provider, clock):
        await provider.items()
        await provider.items()

        with pytest.raises(Busy, match="too_many_requests"):
            await provider.items()
        with pytest.raises(Busy, match="slow down") as caught:
            await provider.items()
        assert caught.value.retry_after == 15
        assert len(rd.requests) == 3

        rd.rate_limit = None
        clock.advance(timedelta(seconds=15))
        await provider.items()


async def test_used_up_fair_use_is_no_throttling_whatever_its_status() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        rd.fails("POST /unrestrict/link", "fair_usage_limit", status=429)

        with pytest.raises(Busy, match="fair_usage_limit") as caught:
            await provider.link((item.files or ())[0])

        assert caught.value.retry_after == 300
        assert [one.id for one in await provider.items()] == [item.id]


async def test_a_service_that_asks_for_slower_calls_is_left_alone_for_two_minutes() -> None:
    async with an_account() as (rd, provider, clock):
        rd.fails("GET /torrents", "slow_down")

        with pytest.raises(Busy, match="slow_down") as caught:
            await provider.items()

        assert caught.value.retry_after == 120
        clock.advance(timedelta(seconds=119))
        with pytest.raises(Busy, match="slow down"):
            await provider.items()
        clock.advance(timedelta(seconds=1))
        assert await provider.items() == []


@pytest.mark.parametrize(
    ("status", "body", "throttled"),
    [
        (429, b"", True),
        (429, b"<html></html>", True),
        (429, b'{"error": "something_new", "error_code": 99}', True),
        (503, b'{"error": "too_many_requests", "error_code": 34}', True),
        (429, b'{"error": "traffic_exhausted"}', False),
        (429, b'{"error": "bytes_limit_reached", "error_code": null}', False),
        (503, b"", False),
    ],
)
def test_only_a_quota_is_told_from_throttling(status: int, body: bytes, throttled: bool) -> None:
    assert is_throttled(status, body) is throttled


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, Unreachable), (3, Unreachable), (4, Unreachable), (5, Busy), (6, Unreachable), (7, Missing),
        (8, Denied), (9, Denied), (10, Denied), (14, Denied), (16, Refusal), (17, Busy), (18, Busy),
        (19, Missing), (20, Denied), (21, Busy), (22, Denied), (23, Busy), (24, Missing),
        (25, Unreachable), (26, Refusal), (27, Unreachable), (28, Refusal), (29, Refusal), (30, Refusal),
        (33, Unreachable), (34, Busy), (35, Refusal), (36, Busy), (37, Unreachable), (99, Unreachable),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [400, 503])
def test_the_number_decides_whatever_the_status(code: int, kind: type[Fault], status: int) -> None:
    body = b'{"error": "some_words", "error_code": %d}' % code

    assert type(fault("main", status, body, None)) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"error": "bad_token"}', Denied),
        (503, b'{"error": "bytes_limit_reached", "error_code": null}', Busy),
        (403, b'{"error": "infringing_file"}', Refusal),
        (401, b"", Denied),
        (403, b"", Unreachable),
        (404, b"", Missing),
        (404, b"<html></html>", Unreachable),
        (429, b"", Busy),
        (451, b"", Refusal),
        (503, b"", Unreachable),
        (503, b"<html></html>", Unreachable),
        (509, b"", Busy),
        (500, b"[[[", Unreachable),
    ],
)
def test_without_a_number_the_name_decides_then_the_status(
    status: int, body: bytes, kind: type[Fault]
) -> None:
    assert type(fault("main", status, body, None)) is kind


def test_a_wait_the_service_names_goes_before_ours() -> None:
    body = b'{"error": "fair_usage_limit", "error_code": 36}'

    assert fault("main", 503, body, None).retry_after == 300
    assert fault("main", 503, body, 7.0).retry_after == 7
