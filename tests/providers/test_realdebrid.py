"""Torrents handed to Real-Debrid."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from compat.content import ALBUM, SHOW, SINTEL
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.core.faults import Busy, Denied, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.core.release import ContentRules
from tests.providers.account import EVERYTHING, VIDEO, an_account, source_of


def calls(rd: RealDebrid) -> list[str]:
    return [request.route for request in rd.requests]


async def test_a_cached_torrent_costs_four_calls_while_a_list_is_young() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        await provider.items()
        rd.requests.clear()

        await provider.submit(source_of(SINTEL), VIDEO)

        assert calls(rd) == [
            "POST /torrents/addMagnet",
            "GET /torrents/info/{id}",
            "POST /torrents/selectFiles/{id}",
            "GET /torrents/info/{id}",
        ]


async def test_many_submits_at_once_share_one_list() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.knows(SHOW)

        async with asyncio.TaskGroup() as group:
            for release in (SINTEL, SHOW, ALBUM):
                group.create_task(provider.submit(source_of(release), EVERYTHING))

        assert rd.calls("GET /torrents") == 1


async def test_an_old_list_is_asked_for_again_before_adding() -> None:
    async with an_account() as (rd, provider, clock):
        rd.knows(SINTEL)
        await provider.items()
        theirs = rd.added_elsewhere(SINTEL)
        clock.advance(timedelta(seconds=31))

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.id == theirs.id
        assert len(rd.items()) == 1


async def test_two_torrents_of_one_infohash_submitted_together_share_the_item() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(provider.submit(source_of(SINTEL), VIDEO)) for _ in range(3)]

        assert len({task.result().id for task in tasks}) == 1
        assert len(rd.items()) == 1


async def test_only_wanted_files_are_selected_by_their_own_ids() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SHOW, file_ids=[7, 3, 11, 2, 5])

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert [file.id for file in item.files or ()] == ["7", "3", "11"]
        [selected] = [request for request in rd.requests if "selectFiles" in request.route]
        assert selected.form == {"files": "7,3,11"}


async def test_a_torrent_file_is_preferred_to_its_magnet_and_sent_as_it_is() -> None:
    async with an_account() as (rd, provider, _):
        await provider.submit(source_of(SINTEL, metainfo=True), VIDEO)

        [added] = [request for request in rd.requests if request.method == "PUT"]
        assert added.body == SINTEL.torrent
        assert rd.calls("POST /torrents/addMagnet") == 0


async def test_a_magnet_without_metadata_is_left_converting() -> None:
    async with an_account() as (rd, provider, _):
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.CONVERTING
        assert rd.calls("POST /torrents/selectFiles/*") == 0


async def test_a_torrent_that_waits_for_us_is_brought_on_by_submitting_again() -> None:
    async with an_account(RealDebrid("manual")) as (rd, provider, _):
        rd.knows(SINTEL)
        first = await provider.submit(source_of(SINTEL), VIDEO)
        rd.advance(SINTEL.infohash, "waiting_files_selection")

        [listed] = await provider.items()
        second = await provider.submit(source_of(SINTEL), VIDEO)

        assert (first.state, listed.state) == (ItemState.CONVERTING, ItemState.UNPREPARED)
        assert (second.id, second.state) == (first.id, ItemState.QUEUED)
        assert rd.calls("POST /torrents/addMagnet") == 1


async def test_files_that_were_selected_already_are_fine() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.fails("POST /torrents/selectFiles/*", "action_already_done")

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.UNPREPARED


@pytest.mark.parametrize("missing", [1, 3])
async def test_a_new_torrent_may_take_a_moment_to_show(missing: int) -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.fails("GET /torrents/info/*", "unknown_ressource", times=missing)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert rd.calls("POST /torrents/addMagnet") == 1


@pytest.mark.parametrize("code", ["unknown_ressource", "service_unavailable", "too_many_active_downloads"])
async def test_a_torrent_that_was_added_is_told_even_when_the_rest_fails(code: str) -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.fails("GET /torrents/info/*", code, times=4)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.id, item.state) == (rd.items()[0].id, ItemState.CONVERTING)


async def test_an_add_that_timed_out_after_all_is_not_repeated() -> None:
    async with an_account(deadline=timedelta(seconds=0.2)) as (rd, provider, clock):
        rd.knows(SINTEL)
        await provider.items()
        rd.fault("POST /torrents/addMagnet", kind="hang-after")

        with pytest.raises(Unreachable):
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(seconds=10))
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert len(rd.items()) == 1


async def test_a_torrent_deleted_behind_our_back_is_added_again() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        first = await provider.submit(source_of(SINTEL), VIDEO)
        rd.deletes(SINTEL.infohash)

        second = await provider.submit(source_of(SINTEL), VIDEO)

        assert (second.state, second.id == first.id) == (ItemState.DONE, False)


@pytest.mark.parametrize("status", ["dead", "error", "virus", "magnet_error"])
async def test_a_failed_torrent_of_somebody_else_is_not_adopted(status: str) -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.added_elsewhere(SINTEL, downloaded=False)
        failed = rd.advance(SINTEL.infohash, status)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.state, item.id == failed.id) == (ItemState.DONE, False)


@pytest.mark.parametrize(
    ("body", "dated"),
    [(None, True), (b"18/07/2026", False), (b"2026-07-18T14:03:21", False), (b"\xff", False)],
)
async def test_what_was_there_is_dated_by_the_services_clock_where_that_can_be_read(
    body: bytes | None, dated: bool
) -> None:
    async with an_account() as (rd, provider, _):
        rd.skew = 7200
        rd.knows(SINTEL)
        theirs = rd.added_elsewhere(SINTEL)
        if body is not None:
            rd.fault("GET /time/iso", status=200, body=body)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.adopted
        assert item.added_at == (datetime.fromtimestamp(int(theirs.added), UTC) if dated else None)


async def test_a_torrent_with_other_files_selected_is_not_adopted() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SHOW)
        only_notes = await provider.submit(source_of(SHOW), ContentRules(extensions=frozenset({"nfo"})))

        item = await provider.submit(source_of(SHOW), VIDEO)
        again = await provider.submit(source_of(SHOW), VIDEO)

        assert item.id != only_notes.id
        assert again.id == item.id
        assert len(item.files or ()) == 3


async def test_a_packed_torrent_is_not_adopted() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SHOW, packing="rar")
        theirs = rd.added_elsewhere(SHOW)  # everything selected, so it was packed

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert item.id != theirs.id
        assert len(item.files or ()) == 3


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("infringing_file", Reason.FILTERED_BY_PROVIDER),
        ("torrent_too_big", Reason.TOO_LARGE),
        ("torrent_file_invalid", Reason.BAD_SOURCE),
        ("wrong_parameter", Reason.BAD_SOURCE),
    ],
)
async def test_refusals_name_their_reason(code: str, reason: Reason) -> None:
    async with an_account() as (rd, provider, _):
        rd.refuses(SINTEL.infohash, code)

        with pytest.raises(Refusal, match=code) as caught:
            await provider.submit(source_of(SINTEL, metainfo=True), VIDEO)

        assert caught.value.reason is reason


async def test_a_magnet_it_cannot_read_is_a_bad_source() -> None:
    async with an_account() as (rd, provider, _):
        rd.fault("POST /torrents/addMagnet", status=404)

        with pytest.raises(Refusal) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is Reason.BAD_SOURCE


async def test_a_wrong_key_that_is_called_a_wrong_parameter_refuses_no_torrent() -> None:
    async with an_account() as (rd, provider, _):
        rd.fails("POST /torrents/addMagnet", "wrong_parameter")
        rd.fails("GET /user", "bad_token")

        with pytest.raises(Denied):
            await provider.submit(source_of(SINTEL), VIDEO)


async def test_full_slots_mean_to_wait() -> None:
    async with an_account(RealDebrid(slots=0)) as (_, provider, _):
        with pytest.raises(Busy):
            await provider.submit(source_of(SINTEL), VIDEO)


async def test_files_withheld_on_selection_leave_no_torrent_behind() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.fails("POST /torrents/selectFiles/*", "infringing_file")

        with pytest.raises(Refusal):
            await provider.submit(source_of(SINTEL), VIDEO)

        assert rd.items() == []


async def test_lapsed_premium_is_denied() -> None:
    async with an_account() as (rd, provider, _):
        rd.lapses()

        with pytest.raises(Denied, match="premium"):
            await provider.account()
        with pytest.raises(Denied):
            await provider.submit(source_of(SINTEL), VIDEO)
