"""Debrid-Link's errors in our words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compat.content import SHOW, SINTEL
from compat.emulators.debridlink import DebridLink
from compat.emulators.debridlink_wire import FloodGuard
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.release import ContentRules
from qbitproxy.providers.debridlink_faults import fault, gate, is_fault, is_throttled, throttled_for
from tests.providers.account import VIDEO, ImpatientClock, source_of
from tests.providers.debridlink_account import SameClock, an_account

LOCKED = b'{"success": false, "error": "floodDetected"}'


def an_error(code: str) -> bytes:
    return b'{"success": false, "error": "%s", "error_id": "a1b2c3"}' % code.encode()


# Errors


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("badToken", Denied), ("expired_token", Denied), ("hidedToken", Denied), ("badSign", Denied),
        ("accountLocked", Denied), ("captchaRequired", Denied), ("unverifiedEmail", Denied),
        ("notFreeHost", Denied), ("serverNotAllowed", Denied),
        ("floodDetected", Busy), ("maxAttempts", Busy), ("freeServerOverload", Busy), ("maxTorrent", Busy),
        ("maxTransfer", Busy), ("maxLink", Busy), ("maxLinkHost", Busy), ("maxData", Busy),
        ("maxDataHost", Busy), ("maxSimultaneousFilesHost", Busy),
        ("badId", Missing), ("fileNotFound", Missing), ("fileNotAvailable", Missing),
        ("infringingFile", Refusal), ("notAddTorrent", Refusal), ("badTorrentFile", Refusal),
        ("torrentTooBig", Refusal),
        ("badArguments", Unreachable), ("unknowR", Unreachable), ("internalError", Unreachable),
        ("server_error", Unreachable), ("maintenanceHost", Unreachable), ("noServerHost", Unreachable),
        ("disabledServerHost", Unreachable), ("disabledHost", Unreachable), ("notDebrid", Unreachable),
        ("hostNotValid", Unreachable), ("badFileUrl", Unreachable), ("inventedTomorrow", Unreachable),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400, 403, 503])
def test_the_code_decides_whatever_the_status(code: str, kind: type[Fault], status: int) -> None:
    assert is_fault(status, an_error(code))
    assert isinstance(fault("main", status, an_error(code), None), kind)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", Denied),
        (401, b"<html></html>", Unreachable),
        (403, b"", Unreachable),
        (404, b"", Unreachable),
        (404, b'{"success": false}', Unreachable),
        (429, b"", Busy),
        (429, b"<html></html>", Unreachable),
        (500, b"[[[", Unreachable),
        (503, b"", Unreachable),
        (400, b'{"error": "invalid_client"}', Unreachable),
        (400, b'{"success": false, "error": 7}', Unreachable),
    ],
)
def test_without_a_code_the_status_decides(status: int, body: bytes, kind: type[Fault]) -> None:
    assert is_fault(status, body)
    assert isinstance(fault("main", status, body, None), kind)


@pytest.mark.parametrize("body", [b'{"success": true, "value": {}}', b'{"success": true, "error": ""}', b""])
def test_a_success_is_no_fault(body: bytes) -> None:
    assert not is_fault(200, body)


def test_a_wait_the_service_names_goes_before_ours() -> None:
    assert fault("main", 503, an_error("freeServerOverload"), None).retry_after == 900
    assert fault("main", 503, an_error("freeServerOverload"), 7.0).retry_after == 7


async def test_a_refused_server_is_told_what_to_do() -> None:
    async with an_account() as (dl, provider, _):
        dl.shut_to_servers = True

        with pytest.raises(Denied, match="allow yours in your account"):
            await provider.submit(source_of(SINTEL), VIDEO)


@pytest.mark.parametrize(
    "code", ["badToken", "accountLocked", "captchaRequired", "unverifiedEmail", "serverNotAllowed"]
)
async def test_an_account_that_is_shut_while_running_is_denied_without_a_word_on_torrents(code: str) -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        dl.denies(code)

        for verb in (provider.account(), provider.items(), provider.release(item.id)):
            with pytest.raises(Denied, match=code):
                await verb

        dl.denies(None)
        assert len(await provider.items()) == 1


async def test_lapsed_premium_is_denied() -> None:
    async with an_account() as (dl, provider, _):
        dl.lapses()

        with pytest.raises(Denied, match="premium"):
            await provider.account()
        with pytest.raises(Denied, match="premium"):
            await provider.submit(source_of(SINTEL), VIDEO)


# Floods


@pytest.mark.parametrize("status", [200, 403, 429])
async def test_a_flooded_route_is_left_alone_for_an_hour_whatever_the_status(status: int) -> None:
    clock = ImpatientClock()
    async with an_account(DebridLink(clock=SameClock(clock)), clock=clock) as (dl, provider, _):
        dl.floods("GET /seedbox/list", status=status)

        with pytest.raises(Busy, match="floodDetected") as first:
            await provider.items()
        clock.advance(timedelta(minutes=59))
        with pytest.raises(Busy, match="slow down"):
            await provider.items()

        assert first.value.retry_after == 3600
        assert dl.calls("GET /seedbox/list") == 1
        clock.advance(timedelta(minutes=2))
        assert await provider.items() == []


async def test_other_routes_go_on_while_one_is_locked() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL)
        await provider.items()
        dl.floods("GET /seedbox/list")
        with pytest.raises(Busy):
            await provider.items()

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert len(item.files or ()) == 1
        assert (await provider.account()).user == "marble"


async def test_cached_content_is_added_while_the_list_is_locked_but_never_let_go() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        theirs = dl.added_elsewhere(SHOW)
        dl.floods("GET /seedbox/list")

        item = await provider.submit(source_of(SHOW), VIDEO)
        with pytest.raises(Refusal):
            await provider.submit(source_of(SHOW), ContentRules(extensions=frozenset({"epub"})))

        assert (item.id, len(item.files or ())) == (theirs.id, 3)
        assert len(dl.items()) == 1


async def test_a_throttle_answer_that_is_no_lock_lasts_a_minute() -> None:
    async with an_account() as (dl, provider, clock):
        dl.fault("GET /seedbox/list", status=429, body=b"")

        with pytest.raises(Busy) as caught:
            await provider.items()
        clock.advance(timedelta(seconds=60))
        await provider.items()

        assert caught.value.retry_after == 60


async def test_an_infringing_file_is_not_believed_of_a_locked_route() -> None:
    async with an_account() as (dl, provider, clock):
        await provider.items()
        dl.fault("POST /seedbox/add", status=429, body=b"")
        dl.refuses(SINTEL.infohash)
        with pytest.raises(Busy):
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(seconds=61))

        with pytest.raises(Busy, match="to be confirmed"):
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(seconds=60))
        with pytest.raises(Refusal) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is Reason.FILTERED_BY_PROVIDER


@pytest.mark.parametrize(("status", "body", "seconds"), [(200, LOCKED, 3600), (429, b"", None)])
def test_a_lock_is_known_to_last_an_hour(status: int, body: bytes, seconds: float | None) -> None:
    assert is_throttled(status, body)
    assert throttled_for(status, body) == seconds


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "seedbox/list", "GET seedbox/list"),
        ("POST", "seedbox/add", "POST seedbox/add"),
        ("DELETE", "seedbox/7d3f9a2c11e84b06/remove", "DELETE seedbox/*/remove"),
        ("POST", "seedbox/7d3f9a2c11e84b06/config", "POST seedbox/*/config"),
        ("GET", "account/infos", "GET account/infos"),
    ],
)
def test_a_gate_is_a_route_whatever_ids_are_in_its_path(method: str, path: str, route: str) -> None:
    assert gate(method, path) == route


async def test_three_hundred_calls_in_a_row_lock_no_route() -> None:
    clock = ImpatientClock()
    guard = FloodGuard(per_minute=60, per_second=1)
    service = DebridLink(clock=SameClock(clock), per_day=1000, flood_guard=guard)
    async with an_account(service, clock=clock) as (dl, provider, _):
        dl.knows(SINTEL)
        dl.knows(SHOW)

        for _ in range(50):
            for release in (SINTEL, SHOW):
                item = await provider.submit(source_of(release), VIDEO)
                await provider.release(item.id)
            await provider.items()

        assert len(dl.requests) > 300
        assert {request.status for request in dl.requests} == {200}
