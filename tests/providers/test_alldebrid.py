"""Torrents handed to AllDebrid."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from compat.content import ALBUM, SHOW, SINTEL, Release
from compat.emulators.alldebrid import AllDebrid
from compat.emulators.alldebrid_items import EXPIRED
from compat.emulators.alldebrid_wire import Refused
from qbitproxy.core.faults import Busy, Denied, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.core.release import ContentRules
from tests.providers.account import EVERYTHING, VIDEO, source_of
from tests.providers.alldebrid_account import FILES, STATUS, UPLOAD, an_account, calls

BOOKS = ContentRules(extensions=frozenset({"epub"}))
PRIVATE = Release("Agent.327", {"Agent.327.mkv": 40_000}, private=True)


# Adding


async def test_a_cached_torrent_costs_two_calls_while_a_list_is_young() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        await provider.items()
        ad.requests.clear()

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert calls(ad) == [UPLOAD, FILES]


async def test_many_submits_at_once_share_one_list() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        ad.knows(SHOW)

        async with asyncio.TaskGroup() as group:
            for release in (SINTEL, SHOW, ALBUM):
                group.create_task(provider.submit(source_of(release), EVERYTHING))

        assert [request.form for request in ad.requests if request.route == STATUS].count({}) == 1


async def test_two_torrents_of_one_infohash_submitted_together_share_the_item() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(provider.submit(source_of(SINTEL), VIDEO)) for _ in range(3)]

        assert len({task.result().id for task in tasks}) == 1
        assert ad.calls(UPLOAD) == 1


async def test_a_torrent_file_is_preferred_to_its_magnet_and_sent_as_it_is() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(PRIVATE)

        await provider.submit(source_of(PRIVATE, metainfo=True), VIDEO)

        [added] = [request for request in ad.requests if request.route == "POST /v4/magnet/upload/file"]
        assert added.uploads == [("files[]", f"{PRIVATE.infohash}.torrent", PRIVATE.torrent)]
        assert ad.calls(UPLOAD) == 0


async def test_a_torrent_that_is_not_ready_at_once_is_not_held_there() -> None:
    async with an_account(AllDebrid("manual")) as (_, provider, _):
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.state, item.infohash, item.files) == (ItemState.QUEUED, SINTEL.infohash, None)


async def test_a_torrent_that_was_taken_without_an_id_is_looked_up() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        ad.habits.tells_ids = False

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.id, item.state) == (str(ad.items()[0].id), ItemState.DONE)


async def test_a_torrent_that_was_taken_without_an_id_or_being_shown_is_tried_again() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        ad.habits.tells_ids = False
        ad.forgets = True

        with pytest.raises(Unreachable, match="does not show it"):
            await provider.submit(source_of(SINTEL), VIDEO)
        ad.forgets = False
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert ad.calls(UPLOAD) == 1


async def test_an_answer_for_another_torrent_is_no_answer() -> None:
    async with an_account() as (ad, provider, _):
        other = {"magnet": "", "hash": SHOW.infohash, "id": 7, "name": SHOW.name, "size": 1, "ready": True}
        ad.fault(UPLOAD, status=200, body={"status": "success", "data": {"magnets": [other]}})

        with pytest.raises(Unreachable, match="odd answer"):
            await provider.submit(source_of(SINTEL), VIDEO)


@pytest.mark.parametrize("code", ["MAGNET_INVALID_ID", "GENERIC", "MAINTENANCE"])
async def test_a_torrent_that_was_taken_is_told_even_when_the_rest_fails(code: str) -> None:
    async with an_account() as (ad, provider, _):
        ad.fails(STATUS, code, after=1)
        pending = await provider.submit(source_of(SHOW), VIDEO)
        ad.knows(SINTEL)
        ad.fails(FILES, code)
        ready = await provider.submit(source_of(SINTEL), VIDEO)

        assert (pending.id, pending.state) == (str(ad.items()[1].id), ItemState.QUEUED)
        assert (ready.id, ready.state, ready.files) == (str(ad.items()[0].id), ItemState.DONE, None)


@pytest.mark.parametrize("kind", ["hang-after", "short", "half"])
async def test_an_upload_that_worked_without_an_answer_is_not_repeated(kind: str) -> None:
    async with an_account(deadline=timedelta(seconds=0.3)) as (ad, provider, clock):
        ad.knows(SINTEL)
        await provider.items()
        ad.fault(UPLOAD, kind=kind)  # type: ignore[arg-type]

        with pytest.raises(Unreachable):
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(seconds=10))
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert ad.calls(UPLOAD) == 1


async def test_an_upload_on_a_connection_that_was_closed_meanwhile_goes_out_again() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        ad.fault("*", kind="drop")
        ad.fault(UPLOAD, kind="drop")

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE


# Adopting


async def test_an_old_list_is_asked_for_again_before_adding() -> None:
    async with an_account() as (ad, provider, clock):
        ad.knows(SINTEL)
        await provider.items()
        theirs = ad.added_elsewhere(SINTEL)
        clock.advance(timedelta(seconds=31))

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.id == str(theirs.id)
        assert ad.calls(UPLOAD) == 0


async def test_somebody_elses_torrent_without_wanted_files_is_refused_but_left_alone() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SHOW)
        ad.added_elsewhere(SHOW)

        with pytest.raises(Refusal, match=r"none of its files is wanted: .* and 2 more"):
            await provider.submit(source_of(SHOW), BOOKS)

        assert len(ad.items()) == 1


async def test_a_torrent_deleted_behind_our_back_is_added_again() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        first = await provider.submit(source_of(SINTEL), VIDEO)
        ad.deletes(SINTEL.infohash)

        second = await provider.submit(source_of(SINTEL), VIDEO)

        assert (second.state, second.id == first.id) == (ItemState.DONE, False)


@pytest.mark.parametrize("code", [5, 7, 9, 10, EXPIRED, 14, 15])
@pytest.mark.parametrize("listed", [False, True])
async def test_a_torrent_that_failed_there_earlier_is_added_anew(code: int, listed: bool) -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        if not listed:
            await provider.items()
        ad.added_elsewhere(SINTEL)
        failed = ad.advance(SINTEL.infohash, code)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.state, item.id == str(failed.id)) == (ItemState.DONE, False)
        assert len(ad.items()) == 1


async def test_a_torrent_that_failed_by_a_mishap_gets_a_second_try_but_no_third() -> None:
    async with an_account(AllDebrid("manual")) as (ad, provider, _):
        ad.knows(SINTEL, cached=False)
        first = await provider.submit(source_of(SINTEL), VIDEO)
        ad.advance(SINTEL.infohash, 9)

        [failed] = await provider.items()
        second = await provider.submit(source_of(SINTEL), VIDEO)
        ad.advance(SINTEL.infohash, 9)
        [failed_again] = await provider.items()

        assert (failed.id, failed.state, failed.reason) == (first.id, ItemState.UNPREPARED, None)
        assert (second.state, second.id == first.id) == (ItemState.QUEUED, False)
        assert (failed_again.state, failed_again.reason) == (ItemState.FAILED, Reason.BAD_SOURCE)


# Not taken


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("MAGNET_INVALID_URI", Reason.BAD_SOURCE),
        ("MAGNET_TOO_LARGE", Reason.TOO_LARGE),
        ("MAGNET_CANT_BOOTSTRAP", Reason.NO_SEEDS),
        ("MAGNET_UPLOAD_FAILED", Reason.FILTERED_BY_PROVIDER),
        ("MAGNET_INTERNAL_ERROR", Reason.FILTERED_BY_PROVIDER),
    ],
)
async def test_refusals_of_one_torrent_name_their_reason_but_not_its_magnet(
    code: str, reason: Reason
) -> None:
    async with an_account() as (ad, provider, _):
        ad.refuses(SINTEL.infohash, code)

        with pytest.raises(Refusal, match=code) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is reason
        assert "magnet:" not in str(caught.value)
        assert "<" not in str(caught.value)


async def test_a_torrent_that_was_not_taken_is_handed_over_again_before_it_is_refused() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        turned_away = {"magnet": SINTEL.magnet(), "error": Refused("MAGNET_UPLOAD_FAILED").error}
        body = {"status": "success", "data": {"magnets": [turned_away]}}
        ad.fault(UPLOAD, status=200, body=body, times=2)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert ad.calls(UPLOAD) == 3


async def test_a_torrent_is_refused_as_well_when_the_whole_answer_says_that_it_was_not_taken() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        refusal = ad.fails(UPLOAD, "MAGNET_UPLOAD_FAILED", times=None)

        with pytest.raises(Refusal, match="MAGNET_UPLOAD_FAILED") as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is Reason.FILTERED_BY_PROVIDER
        assert ad.calls(UPLOAD) == 3
        refusal.lift()
        assert (await provider.submit(source_of(SINTEL), VIDEO)).state is ItemState.DONE


async def test_torrents_turned_away_one_after_the_other_speak_of_the_service() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(ALBUM)
        ad.refuses(SINTEL.infohash)
        ad.refuses(SHOW.infohash)
        with pytest.raises(Refusal):
            await provider.submit(source_of(SINTEL), VIDEO)

        with pytest.raises(Unreachable):
            await provider.submit(source_of(SHOW), VIDEO)
        await provider.submit(source_of(ALBUM), EVERYTHING)
        with pytest.raises(Refusal):
            await provider.submit(source_of(SHOW), VIDEO)


async def test_a_torrent_turned_away_long_ago_speaks_of_the_service_no_more() -> None:
    async with an_account() as (ad, provider, clock):
        ad.refuses(SINTEL.infohash)
        ad.refuses(SHOW.infohash)
        with pytest.raises(Refusal):
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(hours=2))

        with pytest.raises(Refusal):
            await provider.submit(source_of(SHOW), VIDEO)


async def test_full_slots_mean_to_wait() -> None:
    async with an_account(AllDebrid(slots=0)) as (_, provider, _):
        with pytest.raises(Busy, match="at once"):
            await provider.submit(source_of(SINTEL), VIDEO)


async def test_an_account_that_is_full_means_to_wait() -> None:
    async with an_account(AllDebrid(most=0)) as (_, provider, _):
        with pytest.raises(Busy, match="delete some"):
            await provider.submit(source_of(SINTEL), VIDEO)


# The account


async def test_lapsed_premium_is_denied() -> None:
    async with an_account() as (ad, provider, _):
        ad.lapses()

        with pytest.raises(Denied, match="no premium"):
            await provider.account()
        with pytest.raises(Denied, match="no premium"):
            await provider.submit(source_of(SINTEL), VIDEO)


async def test_a_trial_is_as_good_as_premium_while_it_lasts() -> None:
    async with an_account() as (ad, provider, _):
        ad.trial = True
        ad.habits.numbers_as_text = True
        trial = await provider.account()
        ad.fails(UPLOAD, "FREE_TRIAL_LIMIT_REACHED")

        with pytest.raises(Denied, match="trial"):
            await provider.submit(source_of(SINTEL), VIDEO)

        assert trial.premium_until is not None


async def test_slots_in_use_are_those_of_the_last_list() -> None:
    async with an_account(AllDebrid("manual")) as (ad, provider, _):
        ad.knows(SINTEL)
        ad.added_elsewhere(SINTEL)
        before = await provider.account()
        await provider.submit(source_of(SHOW), VIDEO)
        await provider.items()

        account = await provider.account()

        assert (before.active, account.active, account.slots) == (None, 1, 30)


async def test_a_server_that_may_not_upload_may_still_list() -> None:
    async with an_account() as (ad, provider, _):
        ad.bars("MAGNET_NO_SERVER")

        with pytest.raises(Denied, match="VPN"):
            await provider.submit(source_of(SINTEL), VIDEO)

        assert await provider.items() == []
        assert (await provider.account()).user == "marble"


async def test_a_key_that_waits_for_its_owners_consent_works_once_that_is_given() -> None:
    async with an_account() as (ad, provider, _):
        ad.blocks()

        with pytest.raises(Denied, match="e-mail"):
            await provider.items()
        ad.login.verdict = "allowed"

        assert await provider.items() == []
