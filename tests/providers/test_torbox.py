"""Torrents handed to TorBox."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from compat.content import ALBUM, SHOW, SINTEL, Release
from compat.emulators.torbox_items import Step
from qbitproxy.core.faults import Busy, Denied, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.core.release import ContentRules
from tests.providers.account import EVERYTHING, VIDEO, source_of
from tests.providers.torbox_account import CACHE, CONTROL, CONTROL_QUEUE, CREATE, LIST, QUEUE, Box, a_box

BOOKS = ContentRules(extensions=frozenset({"epub"}))
DEAD = Step(0, "downloading", 0.2, active=False)
BROKEN = Step(0, "failed - Disk full", 0.2, active=False)


def calls(box: Box) -> list[str]:
    return [request.route for request in box.tb.requests]


def whole_lists(box: Box) -> int:
    """How often the whole account was read."""
    return sum(request.route == LIST and "id" not in request.query for request in box.tb.requests)


# What it costs, what is sent


async def test_a_cached_torrent_costs_two_calls_once_plan_and_list_are_known() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.account()
        await box.provider.items()
        box.tb.requests.clear()

        await box.provider.submit(source_of(SINTEL), VIDEO)

        assert calls(box) == [CREATE, LIST]


async def test_a_torrent_never_seeds_nor_is_packed_and_its_magnet_goes_with_its_trackers() -> None:
    async with a_box() as box:
        await box.provider.submit(source_of(SHOW), VIDEO)

        [created] = [request for request in box.tb.requests if request.route == CREATE]
        assert created.form == {"seed": "3", "allow_zip": "false", "magnet": SHOW.magnet()}


async def test_a_torrent_file_is_preferred_to_its_magnet_and_sent_as_it_is() -> None:
    async with a_box() as box:
        await box.provider.submit(source_of(SINTEL, metainfo=True), VIDEO)

        [created] = [request for request in box.tb.requests if request.route == CREATE]
        assert [upload[::2] for upload in created.uploads] == [("file", SINTEL.torrent)]
        assert "magnet" not in created.form


async def test_many_submits_at_once_share_one_list() -> None:
    async with a_box() as box:
        async with asyncio.TaskGroup() as group:
            for release in (SINTEL, SHOW, ALBUM):
                group.create_task(box.provider.submit(source_of(release), EVERYTHING))

        lists = [
            request for request in box.tb.requests if request.route == LIST and "id" not in request.query
        ]
        assert len(lists) == 1


# What is there already


async def test_what_another_program_has_added_is_adopted_without_adding() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.items()
        box.tb.added_elsewhere(SINTEL)
        box.later(seconds=31)

        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert box.tb.calls(CREATE) == 0


async def test_two_torrents_of_one_infohash_submitted_together_share_the_item() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(box.provider.submit(source_of(SINTEL), VIDEO)) for _ in range(3)]

        assert len({task.result().id for task in tasks}) == 1
        assert box.tb.calls(CREATE) == 1


async def test_a_torrent_that_is_on_its_way_is_adopted_without_another_call() -> None:
    async with a_box("manual") as box:
        await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.requests.clear()

        again = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert again.state is ItemState.CONVERTING
        assert calls(box) == []


async def test_a_torrent_deleted_behind_our_back_is_added_again() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.deletes(SINTEL.infohash)

        again = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert again.state is ItemState.DONE
        assert len(box.tb.items()) == 1


async def test_what_another_program_wants_is_left_when_it_holds_nothing_for_us() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        box.tb.added_elsewhere(SINTEL)

        with pytest.raises(Refusal, match=r"Sintel\.2010") as caught:
            await box.provider.submit(source_of(SINTEL), BOOKS)

        assert caught.value.reason is Reason.REFUSED_BY_POLICY
        assert len(box.tb.items()) == 1


@pytest.mark.parametrize("trouble", ["evicted", "failed", "dead"])
async def test_a_broken_torrent_is_looked_at_twice_then_added_anew(trouble: str) -> None:
    async with a_box("manual") as box:
        box.tb.knows(SINTEL)
        theirs = box.tb.added_elsewhere(SINTEL)
        if trouble == "evicted":
            box.tb.loses(SINTEL.infohash)
        else:
            box.tb.advance(SINTEL.infohash, {"failed": BROKEN, "dead": DEAD}[trouble])
        box.later(days=1)

        with pytest.raises(Busy, match="broken") as caught:
            await box.provider.submit(source_of(SINTEL), VIDEO)
        assert box.tb.items() == [theirs]
        box.clock.advance(timedelta(seconds=caught.value.retry_after or 0))
        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert item.id == SINTEL.infohash
        assert [held.id for held in box.tb.items()] != [theirs.id]


async def test_one_look_at_a_torrent_that_lost_its_content_deletes_nothing() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.submit(source_of(SINTEL), VIDEO)
        await box.provider.items()
        box.tb.loses(SINTEL.infohash)

        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.FETCHING
        assert box.tb.calls(CONTROL) == 0


async def test_a_torrent_packed_where_we_want_nothing_is_adopted() -> None:
    async with a_box() as box:
        shown = {"id": 7, "hash": SHOW.infohash, "download_finished": True, "download_present": True}
        files = [
            {"id": 0, "name": "Show/a.mkv", "size": 9, "zipped": False},
            {"id": 1, "name": "Show/a.nfo", "size": 9, "zipped": True},
        ]
        body = {"success": True, "data": [shown | {"files": files}]}
        box.tb.fault(LIST, status=200, body=body, times=None)

        item = await box.provider.submit(source_of(SHOW), VIDEO)

        assert [file.path for file in item.files or ()] == ["a.mkv"]
        assert (box.tb.calls(CONTROL), box.tb.calls(CREATE)) == (0, 0)


async def test_a_packed_torrent_is_added_anew() -> None:
    async with a_box() as box:
        box.tb.knows(SHOW, zipped=True)
        theirs = box.tb.added_elsewhere(SHOW)
        box.tb.knows(SHOW)

        item = await box.provider.submit(source_of(SHOW), VIDEO)

        assert len(item.files or ()) == 3
        assert [held.id for held in box.tb.items()] != [theirs.id]


async def test_a_torrent_that_is_packed_again_is_refused() -> None:
    async with a_box() as box:
        box.tb.knows(SHOW, zipped=True)

        with pytest.raises(Refusal, match="archive"):
            await box.provider.submit(source_of(SHOW), VIDEO)

        assert box.tb.items() == []


async def test_infected_files_are_refused_only_where_they_are_wanted() -> None:
    async with a_box() as box:
        box.tb.knows(SHOW, infected=["Caminandes.S01.nfo"])
        item = await box.provider.submit(source_of(SHOW), VIDEO)

        with pytest.raises(Refusal, match="virus") as caught:
            await box.provider.contents(item.id, EVERYTHING)

        assert caught.value.reason is Reason.FILTERED_BY_PROVIDER


# Answers of every kind


@pytest.mark.parametrize("lag", [1, 3])
async def test_a_new_torrent_may_take_a_moment_to_show(lag: int) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.items()
        box.tb.fails(LIST, "ITEM_NOT_FOUND", times=lag)

        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert box.tb.calls(CREATE) == 1


@pytest.mark.parametrize("code", ["ITEM_NOT_FOUND", "DATABASE_ERROR"])
async def test_a_torrent_that_was_added_is_told_even_when_it_cannot_be_looked_at(code: str) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.items()
        box.tb.fails(LIST, code, times=4)

        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert (item.id, item.state) == (SINTEL.infohash, ItemState.CONVERTING)


async def test_an_add_without_an_id_is_found_in_the_list() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        box.tb.answers_null = True

        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        await box.provider.release(item.id)
        assert box.tb.items() == []


async def test_an_add_without_an_id_that_is_nowhere_to_be_seen_is_waited_for() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        box.tb.answers_null, box.tb.invisible_for = True, 200

        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        with pytest.raises(Busy):
            await box.provider.release(item.id)
        unseen = await box.provider.items()
        box.later(seconds=201)

        assert [shown.state for shown in (item, *unseen)] == [ItemState.QUEUED, ItemState.QUEUED]
        assert [shown.state for shown in await box.provider.items()] == [ItemState.DONE]


@pytest.mark.parametrize(
    ("code", "detail", "status"),
    [
        ("UNKNOWN_ERROR", "Torrent queued successfully.", 200),
        ("DUPLICATE_ITEM", "", 409),
        ("DIFF_ISSUE", "This torrent is already queued.", 400),
    ],
)
async def test_a_failure_that_means_it_is_there_is_no_failure(code: str, detail: str, status: int) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.items()
        box.tb.added_elsewhere(SINTEL)
        error = None if status == 200 else code
        box.tb.fails(CREATE, code, detail, status=status, error=error)

        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE


async def test_an_add_that_timed_out_after_all_is_not_repeated() -> None:
    async with a_box(deadline=timedelta(seconds=0.2)) as box:
        box.tb.knows(SINTEL)
        await box.provider.items()
        box.tb.fault(CREATE, kind="hang-after")

        with pytest.raises(Unreachable):
            await box.provider.submit(source_of(SINTEL), VIDEO)
        box.later(seconds=10)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE
        assert box.tb.calls(CREATE) == 1


async def test_lists_that_lag_behind_do_not_hide_what_we_have_added() -> None:
    async with a_box("manual") as box:
        box.tb.knows(SINTEL, cached=False)
        box.tb.invisible_for = 240
        await box.provider.submit(source_of(SINTEL), VIDEO)

        seen = []
        for _ in range(4):
            box.tb.advance(SINTEL.infohash)
            box.later(minutes=1)
            seen += await box.provider.items()

        assert [item.progress for item in seen] == [0, 0.125, 0.37, 0.635]


# Slots, the queue


async def test_full_slots_cost_no_add_and_do_not_hold_up_what_is_cached() -> None:
    async with a_box(plan=1) as box:
        for number in range(3):
            release = Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000 + number})
            await box.provider.submit(source_of(release), VIDEO)
        box.tb.knows(ALBUM)

        with pytest.raises(Busy, match="3 slots"):
            await box.provider.submit(source_of(SINTEL), VIDEO)
        cached = await box.provider.submit(source_of(ALBUM), EVERYTHING)

        assert cached.state is ItemState.DONE
        assert (box.tb.calls(CACHE), box.tb.calls(CREATE)) == (2, 4)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("error", ["ACTIVE_LIMIT", None])
async def test_a_refusal_for_want_of_slots_means_to_wait(status: int, error: str | None) -> None:
    async with a_box() as box:
        words = "You have reached your active torrent download limit of 3."
        box.tb.fails(CREATE, "ACTIVE_LIMIT", words, status=status, error=error)

        with pytest.raises(Busy):
            await box.provider.submit(source_of(SINTEL), VIDEO)


async def parked(box: Box) -> None:
    """Take the slots away behind our back, so that what we add has to wait."""
    await box.provider.account()
    await box.provider.items()
    box.tb.torrents.extra_slots = -box.tb.slots
    item = await box.provider.submit(source_of(SINTEL), VIDEO)
    assert (item.state, len(box.tb.queue())) == (ItemState.QUEUED, 1)


async def test_a_parked_torrent_keeps_its_name_when_the_service_starts_it() -> None:
    async with a_box("manual", plan=1) as box:
        await parked(box)
        [waiting] = await box.provider.items()
        box.tb.torrents.extra_slots = 0
        box.tb.starts(SINTEL.infohash)

        [started] = await box.provider.items()

        assert waiting.id == started.id == SINTEL.infohash
        assert (waiting.state, started.state) == (ItemState.QUEUED, ItemState.CONVERTING)


async def test_a_parked_torrent_is_started_once_there_is_a_slot() -> None:
    async with a_box("manual", plan=1) as box:
        await parked(box)
        await box.provider.items()  # we still believe in a slot, and are told otherwise
        box.tb.torrents.extra_slots = 0
        await box.provider.items()
        assert box.tb.calls(CONTROL_QUEUE) == 1

        box.later(minutes=6)
        await box.provider.items()

        assert (len(box.tb.queue()), len(box.tb.items())) == (0, 1)


async def test_a_parked_torrent_is_released_even_when_it_was_started_meanwhile() -> None:
    async with a_box("manual", plan=1) as box:
        await parked(box)
        box.tb.torrents.extra_slots = 0
        box.tb.starts(SINTEL.infohash)

        await box.provider.release(SINTEL.infohash)

        assert (box.tb.queue(), box.tb.items()) == ([], [])


async def test_a_parked_torrent_is_released_from_the_queue() -> None:
    async with a_box("manual", plan=1) as box:
        await parked(box)

        await box.restarted().release(SINTEL.infohash)

        assert (box.tb.queue(), box.tb.items()) == ([], [])


async def test_a_list_read_while_a_parked_torrent_was_let_go_does_not_bring_it_back() -> None:
    async with a_box("manual", plan=1) as box:
        await parked(box)
        waiting = box.tb.queue()[0]
        await box.provider.release(SINTEL.infohash)
        box.tb.torrents.queue.append(waiting)

        assert await box.provider.items() == []


async def test_the_queue_is_asked_only_while_something_may_wait_there() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.submit(source_of(SINTEL), VIDEO)
        for _ in range(5):
            await box.provider.items()

        assert box.tb.calls(QUEUE) == 1


# Letting go


async def test_a_deletion_that_failed_after_it_worked_is_found_done() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.deletion = "fails-afterwards"

        with pytest.raises(Unreachable):
            await box.provider.release(item.id)
        await box.provider.release(item.id)

        assert box.tb.items() == []
        assert box.tb.calls(CONTROL) == 2


async def test_a_deleted_torrent_that_is_still_listed_is_not_seen() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.deletion = "pretends"
        await box.provider.release(item.id)

        lingering = await box.provider.items()
        again = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert lingering == []
        assert again.state is ItemState.DONE
        assert len(await box.provider.items()) == 1


async def test_releasing_works_after_a_restart() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        await box.restarted().release(item.id)

        assert box.tb.items() == []


# The account


async def test_the_account_knows_its_slots_and_what_takes_them() -> None:
    async with a_box("manual", plan=3) as box:
        box.tb.torrents.extra_slots = 10
        unlisted = await box.provider.account()
        await box.provider.submit(source_of(SINTEL), VIDEO)
        listed = await box.provider.account()

        assert (unlisted.slots, unlisted.active, listed.active) == (15, None, 1)
        assert box.tb.token not in repr(listed)


async def test_the_free_plan_is_denied() -> None:
    async with a_box(plan=0) as box:
        with pytest.raises(Denied, match="free plan"):
            await box.provider.submit(source_of(SINTEL), VIDEO)
        assert box.tb.calls(CREATE) == 0


async def test_a_plan_that_has_ended_is_denied() -> None:
    async with a_box() as box:
        await box.provider.account()
        box.tb.lapses()

        with pytest.raises(Denied, match="ended"):
            await box.provider.submit(source_of(SINTEL), VIDEO)


async def test_a_feature_outside_the_plan_refuses_the_torrent_alone() -> None:
    async with a_box() as box:
        box.tb.refuses(SINTEL.infohash, "PLAN_RESTRICTED_FEATURE")

        with pytest.raises(Refusal, match="PLAN_RESTRICTED_FEATURE"):
            await box.provider.submit(source_of(SINTEL), VIDEO)


async def test_a_rotated_key_is_denied_everywhere_and_works_once_it_is_replaced() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        old = box.tb.token
        box.tb.rotates_key("another")

        for verb in (
            box.provider.account(),
            box.provider.items(),
            box.provider.contents(item.id, VIDEO),
            box.provider.link((item.files or ())[0]),
            box.provider.release(item.id),
        ):
            with pytest.raises(Denied, match="replaced") as caught:
                await verb
            assert old not in f"{caught.value!r} {caught.value}"

        box.tb.rotates_key(old)
        assert len(await box.provider.items()) == 1


# Contents


async def test_contents_of_what_is_not_there_yet_are_waited_for() -> None:
    async with a_box("manual") as box:
        await box.provider.submit(source_of(SINTEL), VIDEO)

        with pytest.raises(Busy):
            await box.provider.contents(SINTEL.infohash, VIDEO)


async def test_contents_that_were_evicted_are_missing_when_a_second_look_agrees() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.later(days=1)
        box.tb.loses(SINTEL.infohash)

        with pytest.raises(Busy) as caught:
            await box.provider.contents(item.id, VIDEO)
        box.clock.advance(timedelta(seconds=caught.value.retry_after or 0))
        with pytest.raises(Missing):
            await box.provider.contents(item.id, VIDEO)


async def test_contents_are_found_under_the_id_of_what_was_added_again() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.deletes(SINTEL.infohash)
        box.tb.added_elsewhere(SINTEL)

        again = await box.provider.contents(item.id, VIDEO)

        assert again.id == item.id
        assert again.files != item.files


async def test_files_that_are_listed_late_are_waited_for_and_missing_in_the_end() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        shown = {"id": box.tb.items()[0].id, "hash": SINTEL.infohash, "files": None}
        data = shown | {"download_finished": True, "download_present": True}
        box.tb.fault(LIST, status=200, body={"success": True, "data": data}, times=None)

        with pytest.raises(Busy, match="not listed") as caught:
            await box.provider.contents(item.id, VIDEO)
        box.later(seconds=31)
        with pytest.raises(Missing, match="without any file"):
            await box.provider.contents(item.id, VIDEO)

        assert caught.value.retry_after == 5
