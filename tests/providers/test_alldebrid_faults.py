"""AllDebrid's errors in our words, its limits kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from compat.content import SINTEL
from compat.emulators.alldebrid import AllDebrid
from compat.emulators.alldebrid_wire import ERRORS, RateLimit
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.providers import alldebrid_faults
from qbitproxy.providers.alldebrid_faults import NotTaken, fault, is_fault
from tests.providers.account import VIDEO, ImpatientClock, source_of
from tests.providers.alldebrid_account import STATUS, UNLOCK, UPLOAD, an_account

TABLES: tuple[Mapping[str, object], ...] = (
    alldebrid_faults.DENIED,
    alldebrid_faults.MISSING,
    alldebrid_faults.BUSY,
    alldebrid_faults.REFUSED,
    alldebrid_faults.UNREACHABLE,
)
NOT_OURS = {"LINK_IS_MISSING", "PIN_EXPIRED", "PIN_INVALID", "ALREADY_SENT"}


class Seconds:
    """The account's clock as emulators read it."""

    def __init__(self, clock: ImpatientClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def error(code: object, **beside: object) -> bytes:
    complaint = {"code": code, "message": "<b>magnet:?xt=urn:btih:secret</b>", **beside}
    return msgspec.json.encode({"status": "error", "error": complaint})


# Codes


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AUTH_MISSING_APIKEY", Denied), ("AUTH_BAD_APIKEY", Denied), ("AUTH_BLOCKED", Denied),
        ("AUTH_USER_BANNED", Denied), ("ACCOUNT_INVALID", Denied), ("NO_SERVER", Denied),
        ("MAGNET_NO_SERVER", Denied), ("MUST_BE_PREMIUM", Denied), ("MAGNET_MUST_BE_PREMIUM", Denied),
        ("LINK_MUST_BE_PREMIUM", Denied), ("FREE_TRIAL_LIMIT_REACHED", Denied),
        ("MAGNET_INVALID_ID", Missing), ("MAGNET_LINKS_REMOVED", Missing), ("LINK_DOWN", Missing),
        ("LINK_NOT_SUPPORTED", Missing), ("LINK_HOST_NOT_SUPPORTED", Missing), ("BAD_LINK", Missing),
        ("MAGNET_TOO_MANY_ACTIVE", Busy), ("MAGNET_TOO_MANY", Busy), ("MAGNET_PROCESSING", Busy),
        ("MAGNET_PROCESSING_COOLDOWN", Busy), ("LINK_TOO_MANY_DOWNLOADS", Busy),
        ("LINK_HOST_LIMIT_REACHED", Busy), ("LINK_HOST_FULL", Busy), ("LINK_HOST_UNAVAILABLE", Busy),
        ("LINK_TEMPORARY_UNAVAILABLE", Busy),
        ("MAGNET_NO_URI", Refusal), ("MAGNET_INVALID_URI", Refusal), ("MAGNET_INVALID_FILE", Refusal),
        ("MAGNET_TOO_LARGE", Refusal), ("MAGNET_MAGNET_TOO_BIG", Refusal),
        ("MAGNET_CANT_BOOTSTRAP", Refusal), ("MAGNET_TOOK_TOO_LONG", Refusal),
        ("MAGNET_PROCESSING_FAILED", Refusal), ("LINK_PASS_PROTECTED", Refusal),
        ("404", Unreachable), (404, Unreachable), ("GENERIC", Unreachable), ("MAINTENANCE", Unreachable),
        ("DISCONTINUED", Unreachable), ("MAGNET_FILE_UPLOAD_FAILED", NotTaken),
        ("MAGNET_UPLOAD_FAILED", NotTaken), ("MAGNET_INTERNAL_ERROR", NotTaken),
        ("LINK_ERROR", Unreachable), ("DELAYED_INVALID_ID", Unreachable), ("SOMETHING_NEW", Unreachable),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400, 401, 429, 503])
def test_the_code_decides_whatever_the_status(code: object, kind: type[Fault], status: int) -> None:
    body = error(code)

    made = fault("main", status, body, None)

    assert is_fault(status, body)
    assert type(made) is kind
    assert str(code) in made.detail
    assert "magnet:" not in made.detail


def test_every_error_of_the_service_has_its_one_reaction() -> None:
    known = [code for table in TABLES for code in table]

    assert sorted(known) == sorted(ERRORS.keys() - NOT_OURS)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", Denied),
        (401, b'{"status":"error"}', Denied),
        (401, b"<html>nginx</html>", Unreachable),
        (403, b"<html>Cloudflare</html>", Unreachable),
        (404, b"", Unreachable),
        (429, b"", Busy),
        (429, b"<html>Cloudflare</html>", Busy),
        (503, b"Too many requests", Unreachable),
        (520, b"<html>Cloudflare</html>", Unreachable),
        (200, b"", Unreachable),
        (200, b"<html></html>", Unreachable),
        (200, b'{"data":{"magnets":[]}}', Unreachable),
        (200, b'{"status":"error"}', Unreachable),
        (200, b'{"status":"error","error":null}', Unreachable),
        (200, b'{"status":"error","error":"text"}', Unreachable),
        (200, b'{"status":"success","data":{"magnets":[', Unreachable),
        (200, b"[[[", Unreachable),
    ],
)
def test_without_a_code_the_status_decides(status: int, body: bytes, kind: type[Fault]) -> None:
    assert is_fault(status, body)
    assert type(fault("main", status, body, None)) is kind


@pytest.mark.parametrize("code", ["<script>", "A" * 500, "magnet:?xt=urn:btih:x", "Ü", "a\nb"])
def test_a_code_that_is_none_is_not_shown(code: str) -> None:
    made = fault("main", 200, error(code), None)

    assert code not in str(made)
    assert "odd code" in str(made)


def test_an_answer_with_success_is_none_even_when_it_brings_more() -> None:
    assert not is_fault(200, b'{"status":"success","data":{},"deprecated":true,"demo":"true"}')


def test_a_wait_the_service_names_goes_before_ours() -> None:
    assert fault("main", 200, error("MAINTENANCE"), None).retry_after == 300
    assert fault("main", 503, error("MAINTENANCE"), 7.0).retry_after == 7
    assert fault("main", 503, b"", 7.0).retry_after == 7


@pytest.mark.parametrize("status", [200, 401])
async def test_a_key_that_is_revoked_while_we_run_is_denied_at_once(status: int) -> None:
    async with an_account() as (ad, provider, _):
        ad.habits.auth_status = status
        await provider.items()
        ad.denies("AUTH_BAD_APIKEY")

        with pytest.raises(Denied, match="does not know the API key"):
            await provider.items()
        ad.denies(None)

        assert await provider.items() == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("LINK_TOO_MANY_DOWNLOADS", Busy),
        ("LINK_HOST_FULL", Busy),
        ("LINK_HOST_LIMIT_REACHED", Busy),
        ("LINK_TEMPORARY_UNAVAILABLE", Busy),
        ("LINK_DOWN", Missing),
        ("NO_SERVER", Denied),
    ],
)
async def test_unlocking_fails_for_reasons_of_its_own(code: str, kind: type[Fault]) -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        ad.refuses(SINTEL.infohash, code, at="unlock")

        with pytest.raises(kind, match=code):
            await provider.link((item.files or ())[0])


async def test_nothing_that_is_secret_is_said_of_a_failed_call() -> None:
    async with an_account() as (ad, provider, _):
        ad.fails(UPLOAD, "GENERIC")
        ad.fault(UNLOCK, kind="html", status=520)
        ad.knows(SINTEL)

        with pytest.raises(Unreachable) as at_upload:
            await provider.submit(source_of(SINTEL), VIDEO)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        [file] = item.files or ()
        with pytest.raises(Unreachable) as at_unlock:
            await provider.link(file)

        said = f"{at_upload.value!r}{at_unlock.value!r}"
        assert all(secret not in said for secret in (ad.token, file.link, SINTEL.magnet()))
        assert not any(secret in repr(ad.requests) for secret in (file.link, "tracker.example"))


# Limits


async def test_no_burst_of_calls_is_ever_too_much_for_the_service() -> None:
    clock, limit = ImpatientClock(), RateLimit()
    service = AllDebrid(clock=Seconds(clock), rate_limit=limit)
    async with an_account(service, clock=clock) as (ad, provider, _):
        turned_away = 0
        while len(ad.requests) < 700:
            try:
                await provider.items()
            except Busy as busy:  # the calls of this minute have gone
                turned_away += 1
                clock.advance(timedelta(seconds=busy.retry_after or 1))

        assert turned_away > 0
        assert limit.refused == 0


@pytest.mark.parametrize(("retry_after", "wait"), [(None, 5), (40, 40)])
async def test_a_throttled_account_is_left_alone_then_works_again(retry_after: int | None, wait: int) -> None:
    limit = RateLimit(per_second=1, retry_after=retry_after)
    async with an_account(AllDebrid(rate_limit=limit)) as (ad, provider, clock):
        await provider.items()

        with pytest.raises(Busy, match="too many requests"):
            await provider.items()
        with pytest.raises(Busy, match="slow down") as caught:
            await provider.items()
        assert caught.value.retry_after == wait
        assert len(ad.requests) == 2

        ad.rate_limit = None
        clock.advance(timedelta(seconds=wait))
        await provider.items()


async def test_a_service_that_throttles_by_503_is_left_alone_for_a_growing_while() -> None:
    limit = RateLimit(per_second=0, status=503)
    async with an_account(AllDebrid(rate_limit=limit)) as (ad, provider, clock):
        rests: list[float] = []
        with pytest.raises(Unreachable, match="503"):
            await provider.items()
        for _ in range(4):
            with pytest.raises(Unreachable, match="503"):
                await provider.items()
            with pytest.raises(Unreachable, match="left alone") as caught:
                await provider.items()
            rests.append(caught.value.retry_after or 0)
            clock.advance(timedelta(seconds=rests[-1]))

        assert ad.calls(STATUS) == 5
        assert [round(longer / shorter) for shorter, longer in pairwise(rests)] == [2, 2, 2]


async def test_content_is_not_taken_for_withheld_while_the_account_is_throttled() -> None:
    async with an_account() as (ad, provider, clock):
        ad.fault(UPLOAD, status=429)

        with pytest.raises(Busy):
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(seconds=5))
        ad.refuses(SINTEL.infohash)
        with pytest.raises(Refusal) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is Reason.FILTERED_BY_PROVIDER
