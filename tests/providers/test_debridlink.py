"""Torrents handed to Debrid-Link."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from compat.content import ALBUM, SHOW, SINTEL, Release
from compat.emulators.debridlink import DebridLink
from compat.emulators.debridlink_torrents import Wish
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import TorrentFile
from tests.providers.account import EVERYTHING, VIDEO, ImpatientClock, source_of
from tests.providers.debridlink_account import SameClock, an_account

BOOKS = ContentRules(extensions=frozenset({"epub"}))
ADD, LIST, REMOVE = "POST /seedbox/add", "GET /seedbox/list", "DELETE /seedbox/{ids}/remove"


def calls(dl: DebridLink) -> list[str]:
    return [request.route for request in dl.requests]


# Account


async def test_the_account_tells_how_many_transfers_it_has_left() -> None:
    async with an_account(DebridLink("manual", slots=7)) as (dl, provider, clock):
        dl.knows(SINTEL, cached=False)
        dl.added_elsewhere(SINTEL, downloaded=False)

        account = await provider.account()

        assert (account.user, account.active, account.slots) == ("marble", 1, 7)
        assert account.premium_until == clock.now() + timedelta(days=180)


async def test_transfers_without_a_limit_are_not_counted_against_one() -> None:
    async with an_account(DebridLink(slots=-1)) as (_, provider, _):
        assert (await provider.account()).slots is None


async def test_premium_that_was_not_prolonged_ends_when_it_did() -> None:
    clock = ImpatientClock()
    async with an_account(clock=clock) as (dl, provider, _):
        ends = []
        for left in (86400, 86399, 86398 - 3600, 2 * 86400):
            infos = {"username": "marble", "accountType": 1, "premiumLeft": left}
            dl.fault("GET /account/infos", status=200, body={"success": True, "value": infos})
            if left == 86398 - 3600:
                clock.advance(timedelta(hours=1))
            ends.append((await provider.account()).premium_until)

        assert ends[0] == ends[1] == ends[2]
        assert ends[3] == clock.now() + timedelta(days=2)


async def test_premium_that_ends_beyond_any_date_is_premium_all_the_same() -> None:
    async with an_account() as (dl, provider, clock):
        infos = {"username": "marble", "accountType": 1, "premiumLeft": 2**63 - 1}
        dl.fault("GET /account/infos", status=200, body={"success": True, "value": infos})

        until = (await provider.account()).premium_until

        assert until is not None
        assert until > clock.now() + timedelta(days=3650)


# Adding


async def test_a_cached_torrent_costs_one_call_while_a_list_is_young() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        await provider.items()
        dl.requests.clear()

        item = await provider.submit(source_of(SHOW), VIDEO)
        for file in item.files or ():
            await provider.link(file)

        assert calls(dl) == [ADD]


async def test_many_submits_at_once_share_one_list() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL)
        dl.knows(SHOW)

        async with asyncio.TaskGroup() as group:
            for release in (SINTEL, SHOW, ALBUM):
                group.create_task(provider.submit(source_of(release), EVERYTHING))

        assert dl.calls(LIST) == 1


async def test_a_torrent_file_is_preferred_to_its_magnet_and_sent_as_it_is() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL)

        await provider.submit(source_of(SINTEL, metainfo=True), VIDEO)

        [added] = [request for request in dl.requests if request.route == ADD]
        assert added.uploads == [("file", f"{SINTEL.infohash}.torrent", SINTEL.torrent)]
        assert added.fields == [("async", "true")]


async def test_a_magnet_is_sent_whole_as_a_bare_hash_does_for_cached_content_only() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL, cached=False)

        await provider.submit(source_of(SINTEL), VIDEO)

        [added] = [request for request in dl.requests if request.route == ADD]
        assert added.body.decode().count("&tr=http") == 1


async def test_a_dead_magnet_does_not_hold_the_connection() -> None:
    async with an_account(deadline=timedelta(seconds=1)) as (dl, provider, _):
        dl.metadata_delay = 30.0

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.state, item.name) == (ItemState.CONVERTING, SINTEL.name)


async def test_somebody_elses_torrent_is_adopted_from_the_list() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL)
        theirs = dl.added_elsewhere(SINTEL)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.id, item.state, len(item.files or ())) == (theirs.id, ItemState.DONE, 1)
        assert calls(dl) == [LIST]


async def test_two_torrents_of_one_infohash_submitted_together_share_the_item() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(provider.submit(source_of(SINTEL), VIDEO)) for _ in range(3)]

        assert len({task.result().id for task in tasks}) == 1
        assert dl.calls(ADD) == 1


async def test_a_torrent_deleted_behind_our_back_is_added_again() -> None:
    async with an_account() as (dl, provider, clock):
        dl.knows(SINTEL)
        first = await provider.submit(source_of(SINTEL), VIDEO)
        dl.deletes(SINTEL.infohash)
        clock.advance(timedelta(minutes=1))

        second = await provider.submit(source_of(SINTEL), VIDEO)

        assert replace(second, adopted=first.adopted) == first  # an infohash has one id for ever
        assert len(dl.items()) == 1


async def test_a_torrent_that_failed_is_removed_then_tried_once_more() -> None:
    async with an_account(DebridLink("manual")) as (dl, provider, _):
        dl.knows(SINTEL, cached=False)
        dl.added_elsewhere(SINTEL, downloaded=False)
        dl.advance(SINTEL.infohash, "error")

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.CONVERTING
        assert (dl.calls(ADD), dl.calls(REMOVE)) == (2, 1)


async def test_an_add_that_timed_out_after_all_is_adopted() -> None:
    async with an_account(deadline=timedelta(seconds=0.3)) as (dl, provider, clock):
        dl.knows(SINTEL)
        await provider.items()
        dl.fault(ADD, kind="hang-after")

        with pytest.raises(Unreachable):
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(seconds=10))
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert dl.calls(ADD) == 1


async def test_a_torrent_whose_files_somebody_still_had_to_choose_is_started_with_what_we_want() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        dl.torrents.add(Wish(SHOW.infohash, "", None, waits=True))

        [listed] = await provider.items()
        item = await provider.submit(source_of(SHOW), VIDEO)

        assert listed.state is ItemState.UNPREPARED
        assert item.state is ItemState.DONE
        assert [file.path for file in item.files or ()] == dl.items()[0].paths == list(SHOW.files)[:3]


async def test_a_torrent_that_could_not_be_started_is_told_all_the_same() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        theirs = dl.torrents.add(Wish(SHOW.infohash, "", None, waits=True))
        dl.fails("POST /seedbox/*/config", "internalError")

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert (item.id, item.state) == (theirs.id, ItemState.UNPREPARED)


# Refusals


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("infringingFile", Reason.FILTERED_BY_PROVIDER),
        ("torrentTooBig", Reason.TOO_LARGE),
        ("badTorrentFile", Reason.BAD_SOURCE),
        ("notAddTorrent", Reason.BAD_SOURCE),
        ("badArguments", Reason.BAD_SOURCE),
    ],
)
async def test_refusals_name_their_reason(code: str, reason: Reason) -> None:
    async with an_account() as (dl, provider, _):
        dl.refuses(SINTEL.infohash, code)

        with pytest.raises(Refusal, match=code) as caught:
            await provider.submit(source_of(SINTEL, metainfo=True), VIDEO)

        assert caught.value.reason is reason


async def test_arguments_that_are_not_taken_elsewhere_say_nothing_of_a_torrent() -> None:
    async with an_account() as (dl, provider, _):
        dl.fails(LIST, "badArguments")

        with pytest.raises(Unreachable):
            await provider.contents("7d3f9a2c11e84b06", VIDEO)


async def test_files_known_to_be_unwanted_cost_none_of_the_days_torrents() -> None:
    async with an_account() as (dl, provider, _):
        source = replace(source_of(SINTEL), files=(TorrentFile("Sintel.2010.1080p.mkv", 1000),))

        with pytest.raises(Refusal):
            await provider.submit(source, BOOKS)

        assert calls(dl) == []


async def test_somebody_elses_torrent_without_wanted_files_is_left_alone() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        dl.added_elsewhere(SHOW)

        with pytest.raises(Refusal, match="and 2 more"):
            await provider.submit(source_of(SHOW), BOOKS)

        assert len(dl.items()) == 1


async def test_a_torrent_that_is_only_ever_an_archive_is_refused_and_let_go() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW, only_zip=True)

        with pytest.raises(Refusal, match="archive") as caught:
            await provider.submit(source_of(SHOW), VIDEO)

        assert caught.value.reason is Reason.REFUSED_BY_POLICY
        assert dl.items() == []


# Quotas


async def test_full_transfers_are_asked_about_once_a_minute_by_nobody_but_the_first() -> None:
    async with an_account(DebridLink(slots=0)) as (dl, provider, clock):
        dl.knows(SHOW)
        with pytest.raises(Busy, match="maxTransfer") as first:
            await provider.submit(source_of(SINTEL), VIDEO)
        with pytest.raises(Busy, match="no more torrents") as second:
            await provider.submit(source_of(ALBUM), EVERYTHING)
        assert dl.calls(ADD) == 1

        clock.advance(timedelta(seconds=60))
        await provider.submit(source_of(SHOW), VIDEO)

        assert (first.value.retry_after, round(second.value.retry_after or 0)) == (60, 60)


async def test_a_spent_day_is_waited_out() -> None:
    clock = ImpatientClock()
    clock.advance(timedelta(hours=23, minutes=40))
    async with an_account(DebridLink(per_day=1, clock=SameClock(clock)), clock=clock) as (dl, provider, _):
        dl.knows(SINTEL)
        dl.knows(SHOW)
        await provider.submit(source_of(SINTEL), VIDEO)

        with pytest.raises(Busy, match="maxTorrent") as caught:
            await provider.submit(source_of(SHOW), VIDEO)
        clock.advance(timedelta(seconds=caught.value.retry_after or 0))
        item = await provider.submit(source_of(SHOW), VIDEO)

        assert 1100 < (caught.value.retry_after or 0) <= 1200
        assert item.state is ItemState.DONE


@pytest.mark.parametrize(
    ("reset", "wait"), [({"value": 600}, 600), (700, 700), (None, 3600), (-1, 3600), ({"value": 40210}, 3600)]
)
async def test_the_end_of_a_day_is_read_in_any_shape_but_tried_every_hour(reset: object, wait: int) -> None:
    async with an_account(DebridLink(per_day=0)) as (dl, provider, _):
        counts = {"activeTransferCount": {"current": 0, "value": 20}, "nextResetSeconds": reset}
        dl.fault("GET /seedbox/limits", status=200, body={"success": True, "value": counts})

        with pytest.raises(Busy) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.retry_after == wait


async def test_limits_that_cannot_be_read_make_a_spent_day_an_hour_long() -> None:
    async with an_account(DebridLink(per_day=0)) as (dl, provider, _):
        dl.fails("GET /seedbox/limits", "internalError")

        with pytest.raises(Busy) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.retry_after == 3600


async def test_what_the_account_holds_is_adopted_although_nothing_more_is_taken() -> None:
    async with an_account(DebridLink(slots=0)) as (dl, provider, _):
        dl.knows(SINTEL)
        dl.added_elsewhere(SINTEL)
        with pytest.raises(Busy):
            await provider.submit(source_of(ALBUM), EVERYTHING)

        assert (await provider.submit(source_of(SINTEL), VIDEO)).state is ItemState.DONE


# Letting go


async def test_a_torrent_that_is_only_said_to_be_removed_is_not_forgotten() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        dl.remove_works = False

        with pytest.raises(Unreachable, match="still lists"):
            await provider.release(item.id)
        dl.remove_works = True
        await provider.release(item.id)

        assert dl.items() == []


async def test_letting_go_of_one_torrent_touches_no_other() -> None:
    async with an_account() as (dl, provider, _):
        for number in range(30):
            release = Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000 + number})
            dl.knows(release)
            dl.added_elsewhere(release)

        await provider.release("0" * 16)  # asking for it shows the whole list

        assert len(dl.items()) == 30
        with pytest.raises(Missing):
            await provider.contents("0" * 16, VIDEO)
