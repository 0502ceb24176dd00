"""TorBox's errors in our words, its limits kept before it has to say so."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import msgspec
import pytest

from compat.content import SHOW, SINTEL, Release
from compat.emulators.torbox_wire import RateLimit
from qbitproxy.core.calls import Purpose
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.providers.torbox_calls import held
from qbitproxy.providers.torbox_faults import Unclear, fault, is_fault, is_throttled, throttled_for
from tests.providers.account import NAME, VIDEO, source_of
from tests.providers.torbox_account import CACHE, CREATE, LINK, Box, a_box


def failure(error: object, detail: object = "", data: object = None) -> bytes:
    return msgspec.json.encode({"success": False, "error": error, "detail": detail, "data": data})


# Codes


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("BAD_TOKEN", Denied), ("NO_AUTH", Denied), ("AUTH_ERROR", Denied),
        ("ACTIVE_LIMIT", Busy), ("COOLDOWN_LIMIT", Busy), ("MONTHLY_LIMIT", Busy),
        ("RATE_LIMIT", Busy), ("RATE_LIMIT_EXCEEDED", Busy),
        ("ITEM_NOT_FOUND", Missing), ("NOT_OWNER", Missing),
        ("DATABASE_ERROR", Unreachable), ("UNKNOWN_ERROR", Unreachable), ("REDIRECT_ERROR", Unreachable),
        ("NO_SERVERS_AVAILABLE_ERROR", Unreachable), ("DOWNLOAD_SERVER_ERROR", Unreachable),
        ("DOWNSTREAM_ERROR", Unreachable), ("TEMPORARILY_DISABLED", Unreachable),
        ("REQUEST_FAILED", Unreachable), ("LINK_OFFLINE", Unreachable),
        ("MISSING_REQUIRED_OPTION", Unreachable), ("TOO_MANY_OPTIONS", Unreachable),
        ("INVALID_OPTION", Unreachable), ("ENDPOINT_NOT_FOUND", Unreachable), ("DEPRECATED", Unreachable),
        ("DIFF_ISSUE", Unclear), ("SOMETHING_NEW", Unclear), ("AIRLOCK_LIMIT_REACHED", Unclear),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400])
def test_the_code_decides_whatever_the_status(code: str, kind: type[Fault], status: int) -> None:
    body = failure(code, "Words for people.")

    assert is_fault(status, body)
    assert type(fault(NAME, status, body, None)) is kind


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("PLAN_RESTRICTED_FEATURE", Reason.FILTERED_BY_PROVIDER),
        ("VENDOR_DISABLED", Reason.FILTERED_BY_PROVIDER),
        ("NOT_ALLOWED", Reason.FILTERED_BY_PROVIDER),
        ("DOWNLOAD_TOO_LARGE", Reason.TOO_LARGE),
        ("TOO_MUCH_DATA", Reason.TOO_LARGE),
        ("BOZO_TORRENT", Reason.BAD_SOURCE),
        ("BOZO_FILE", Reason.BAD_SOURCE),
        ("INVALID_HASH", Reason.BAD_SOURCE),
        ("INVALID_INPUT", Reason.BAD_SOURCE),
        ("DOWNLOAD_NOT_CACHED", Reason.NOT_CACHED),
    ],
)
async def test_refusals_name_their_reason(code: str, reason: Reason) -> None:
    async with a_box() as box:
        box.tb.refuses(SINTEL.infohash, code)

        with pytest.raises(Refusal, match=code) as caught:
            await box.provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is reason


@pytest.mark.parametrize("error", [None, True, False, "null", ""])
@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        ("You have reached your active torrent download limit of 3.", Busy),
        ("You have reached your monthly download limit.", Busy),
        ("You are on cooldown.", Busy),
        ("Please slow down.", Busy),
        ("Rate limit exceeded.", Busy),
        ("You have reached the maximum queued downloads.", Busy),
        ("Please upgrade your plan.", Busy),
        ("Larger than 200GB. Please upgrade your plan.", Refusal),
        ("Torrent not found in cache.", Refusal),
        ("Torrent is not cached.", Refusal),
        ("Torrent not found.", Missing),
        ("Whatever.", Unclear),
        ({"a": "joke"}, Unclear),
        (None, Unclear),
    ],
)
def test_without_a_code_the_words_decide(error: object, detail: object, kind: type[Fault]) -> None:
    assert type(fault(NAME, 400, failure(error, detail), None)) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"detail": "Not authenticated"}', Denied),
        (403, b'{"success": false, "error": null, "detail": "?"}', Denied),
        (403, b"<html>Please contact support</html>", Unreachable),
        (403, b"", Unreachable),
        (404, b'{"detail": "Not Found"}', Unreachable),
        (404, b"", Unreachable),
        (422, b'{"detail": [{"loc": ["body", "magnet"]}]}', Unreachable),
        (429, b'{"detail": "60 per 1 hour"}', Busy),
        (429, b"<html></html>", Busy),
        (429, b"", Busy),
        (500, b'{"success": false, "error": "AUTH_ERROR", "detail": "?"}', Unreachable),
        (500, b'{"success": false, "error": null, "detail": "error creating your torrent"}', Unreachable),
        (500, b'{"success": false, "error": "SOMETHING_NEW", "detail": "?"}', Unreachable),
        (502, b"", Unreachable),
        (500, b"[[[", Unreachable),
        (400, b"[]", Unreachable),
    ],
)
def test_without_an_envelope_the_status_decides(status: int, body: bytes, kind: type[Fault]) -> None:
    assert is_fault(status, body)
    assert type(fault(NAME, status, body, None)) is kind


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"success": true, "error": null, "data": []}'),
        (200, b'{"success": true, "error": "ITEM_NOT_FOUND", "data": null}'),
        (404, b'{"success": true, "error": "ITEM_NOT_FOUND", "data": null}'),
        (200, failure(None, "Torrent queued successfully.")),
        (409, failure("DUPLICATE_ITEM")),
        (400, failure("DIFF_ISSUE", "This torrent is already queued.")),
    ],
)
def test_an_answer_is_a_success_when_it_says_so_or_means_so(status: int, body: bytes) -> None:
    assert not is_fault(status, body)


def test_no_fault_repeats_what_the_service_said() -> None:
    said = "https://store.invalid/dld/1?token=secret"

    for code in ("SOMETHING_NEW", "BAD_TOKEN", None):
        assert "secret" not in str(fault(NAME, 400, failure(code, said), None))


async def test_words_we_do_not_know_are_a_refusal_when_they_are_said_three_times() -> None:
    async with a_box() as box:
        box.tb.refuses(SINTEL.infohash, "SOMETHING_NEW", at="add")
        for _ in range(2):
            with pytest.raises(Unreachable):
                await box.provider.submit(source_of(SINTEL), VIDEO)

        with pytest.raises(Refusal, match="3 times") as caught:
            await box.provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is Reason.FILTERED_BY_PROVIDER


# Waiting


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"detail": "60 per 1 hour"}', 3600),
        (b'{"detail": "10 per 1 minute"}', 60),
        (b'{"detail": "5 per 2 second"}', 2),
        (b'{"detail": "Too many requests"}', None),
        (b'{"detail": ["odd"]}', None),
        (b"<html></html>", None),
        (b"", None),
        (
            failure(
                "COOLDOWN_LIMIT",
                data={"cooldown_until": "2026-07-19T12:00:00Z", "current_time": "2026-07-18T12:30:00Z"},
            ),
            23.5 * 3600,
        ),
        (failure("COOLDOWN_LIMIT", data={"cooldown_until": "2026-07-19T12:00:00Z"}), None),
        (failure("COOLDOWN_LIMIT"), None),
    ],
)
def test_a_throttle_answer_says_for_how_long(body: bytes, seconds: float | None) -> None:
    assert is_throttled(429, body)
    assert throttled_for(429, body) == seconds


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "7200"}, {"detail": "60 per 1 hour"}, 7200),
        ({}, {"detail": "60 per 1 hour"}, 3600),
        ({}, "<html>429</html>", 120),
    ],
)
async def test_a_throttled_add_pauses_adding_alone(
    headers: dict[str, str], body: object, seconds: float
) -> None:
    async with a_box() as box:
        box.tb.knows(SHOW)
        item = await box.provider.submit(source_of(SHOW), VIDEO)
        box.tb.fault(CREATE, status=429, headers=headers, body=body)

        with pytest.raises(Busy) as caught:
            await box.provider.submit(source_of(SINTEL), VIDEO)
        adds = box.tb.calls(CREATE)
        with pytest.raises(Busy, match="slow down"):
            await box.provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.retry_after == seconds
        assert box.tb.calls(CREATE) == adds
        await box.provider.items()
        await box.provider.link((item.files or ())[0])
        box.clock.advance(timedelta(seconds=seconds))
        await box.provider.submit(source_of(SINTEL), VIDEO)


async def test_a_throttled_link_pauses_links_alone() -> None:
    async with a_box() as box:
        box.tb.knows(SHOW)
        item = await box.provider.submit(source_of(SHOW), VIDEO)
        box.tb.fault(LINK, status=429)

        for _ in range(2):
            with pytest.raises(Busy):
                await box.provider.link((item.files or ())[0])

        assert box.tb.calls(LINK) == 1
        await box.provider.items()
        await box.provider.submit(source_of(SINTEL), VIDEO)


async def test_a_cooldown_parks_adding_until_it_ends() -> None:
    async with a_box() as box:
        box.tb.user.most_creates = (1, 60)
        await box.provider.submit(source_of(SHOW), VIDEO)

        with pytest.raises(Busy) as caught:
            await box.provider.submit(source_of(SINTEL), VIDEO)
        box.later(hours=23)
        with pytest.raises(Busy):
            await box.provider.submit(source_of(SINTEL), VIDEO)
        box.later(hours=1, seconds=1)
        box.tb.user.most_creates = None

        assert caught.value.retry_after == 24 * 3600
        assert (await box.provider.submit(source_of(SINTEL), VIDEO)).state is ItemState.CONVERTING
        assert box.tb.calls(CREATE) == 3


async def test_a_monthly_limit_is_not_asked_about_every_few_seconds() -> None:
    async with a_box() as box:
        box.tb.refuses(SINTEL.infohash, "MONTHLY_LIMIT")

        with pytest.raises(Busy) as caught:
            await box.provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.retry_after == 3600


# Limits


def throttled(box: Box) -> int:
    return sum(request.status == 429 for request in box.tb.requests)


@pytest.mark.parametrize("step", [0.0, 0.5, 7.0])
async def test_no_burst_of_adds_is_ever_throttled(step: float) -> None:
    async with a_box(plan=2, rate_limit=RateLimit()) as box:
        waits = []
        for number in range(300):
            release = Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000})
            box.tb.knows(release)
            try:
                await box.provider.submit(source_of(release), VIDEO)
            except Busy as busy:
                waits.append(busy.retry_after)
            box.later(seconds=step)

        assert throttled(box) == 0
        assert waits
        assert all(waits)
        assert box.tb.calls(CREATE) >= 8


async def test_who_is_turned_away_by_our_own_limit_costs_no_call() -> None:
    async with a_box(plan=2, rate_limit=RateLimit()) as box:
        releases = [Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000}) for number in range(20)]
        for release in releases[:8]:
            box.tb.knows(release)
            await box.provider.submit(source_of(release), VIDEO)
        made = len(box.tb.requests)

        for release in releases[8:]:
            with pytest.raises(Busy):
                await box.provider.submit(source_of(release), VIDEO)

        assert len(box.tb.requests) == made


@pytest.mark.parametrize("step", [0.0, 0.1])
async def test_no_burst_of_any_other_calls_is_ever_throttled(step: float) -> None:
    async with a_box(rate_limit=RateLimit()) as box:
        box.tb.knows(SHOW)
        provider = box.provider
        item = await provider.submit(source_of(SHOW), VIDEO)
        [file, *_] = item.files or ()
        turned_away = 0
        for number in range(300):
            verbs = (
                provider.items,
                partial(provider.contents, item.id, VIDEO),
                partial(provider.link, file),
            )
            try:
                await verbs[number % 3]()
            except Busy:
                turned_away += 1
            box.later(seconds=step)

        assert throttled(box) == 0
        assert turned_away > 0


async def test_what_is_turned_away_by_our_own_limits_gets_through_later() -> None:
    async with a_box(rate_limit=RateLimit()) as box:
        added = 0
        for number in range(120):
            release = Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000})
            box.tb.knows(release)
            while True:
                try:
                    await box.provider.submit(source_of(release), VIDEO)
                    added += 1
                    break
                except Busy as busy:
                    box.clock.advance(timedelta(seconds=busy.retry_after or 60))

        assert (added, throttled(box)) == (120, 0)


# What is cached


@pytest.mark.parametrize(
    "data",
    [
        [{"hash": SINTEL.infohash.upper(), "name": "Sintel", "size": 1}],
        {SINTEL.infohash.upper(): {"hash": SINTEL.infohash}},
        [{"hash": SINTEL.infohash}, {"hash": "f" * 40}],
    ],
)
async def test_the_cache_answers_in_either_form_for_what_was_asked(data: object) -> None:
    async with a_box() as box:
        box.tb.fault(CACHE, status=200, body={"success": True, "data": data})

        assert await held(box.http, NAME, [SINTEL.infohash, SHOW.infohash]) == {SINTEL.infohash}


@pytest.mark.parametrize("data", [None, [], {}])
async def test_a_cache_that_holds_nothing_may_say_so_in_any_way(data: object) -> None:
    async with a_box() as box:
        box.tb.fault(CACHE, status=200, body={"success": True, "data": data})

        assert await held(box.http, NAME, [SINTEL.infohash]) == frozenset()


async def test_a_cache_check_that_fails_says_nothing() -> None:
    async with a_box() as box:
        box.tb.fails(CACHE, "DATABASE_ERROR")

        with pytest.raises(Unreachable):
            await held(box.http, NAME, [SINTEL.infohash])


async def test_calls_are_counted_by_what_they_are_for() -> None:
    async with a_box() as box:
        box.tb.knows(SHOW)
        item = await box.provider.submit(source_of(SHOW), VIDEO)
        await box.provider.items()
        await box.provider.link((item.files or ())[0])

        use = box.http.use()  # type: ignore[attr-defined]

        assert {purpose: spent.calls for purpose, spent in use.items() if spent.calls} == {
            Purpose.ADD: 5,  # queue, list, plan, add, look
            Purpose.POLL: 1,
            Purpose.LINK: 1,
        }
