"""What a torrent does when a step of it goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SHOW, SINTEL
from qbitproxy.core.events import Lost, Paused, Recategorised, Resumed, Split, Submitted
from qbitproxy.core.faults import Reason
from qbitproxy.core.plan import LONGEST_WAIT
from qbitproxy.core.torrent import Action, Part, Remote, RemoteFile, remote_of
from tests.workers.desk import PROVIDER, Desk, a_desk

ADD, DELETE = "POST /torrents/addMagnet", "DELETE /torrents/delete/{id}"
BAD_TOKEN, SLOTS_FULL = 8, 21
A_MOMENT = timedelta(seconds=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SINTEL)
        desk.service.knows(SHOW)
        yield desk


async def test_a_denied_account_rests_for_everybody_and_is_asked_again_after_the_rest(desk: Desk) -> None:
    first, second = await desk.accept(SINTEL), await desk.accept(SHOW)
    desk.service.denies(BAD_TOKEN)

    await desk.step(first)
    asked = desk.service.calls()
    for torrent_id in (first, second):
        await desk.step(torrent_id)
    assert desk.service.calls() == asked

    desk.service.denies(None)
    rest = desk.hands.rests[PROVIDER].until - desk.clock.now()
    desk.clock.advance(rest + A_MOMENT)
    for torrent_id in (first, second):
        await desk.step(torrent_id)

    assert await desk.story(first) == ["Added", "Stumbled", "Submitted", "Cached"]
    assert await desk.story(second) == ["Added", "Submitted", "Cached"]


async def test_a_denied_account_is_asked_for_what_it_holds_less_and_less_often(desk: Desk) -> None:
    torrent_id = await desk.accept(SINTEL, action=Action.DOWNLOAD)
    await desk.step(torrent_id)
    desk.service.denies(BAD_TOKEN)

    waits = []
    for _ in range(12):
        await desk.step(torrent_id)
        waits.append(desk.waits_for(torrent_id))
        desk.clock.advance(waits[-1] + A_MOMENT)

    assert waits == sorted(waits)
    assert timedelta() < waits[0] < waits[-1]
    assert desk.phase(torrent_id) == "Placing"


@pytest.mark.parametrize("reason", [Reason.OUTAGE, Reason.QUOTA])
async def test_what_cannot_be_had_now_is_asked_for_less_and_less_often(desk: Desk, reason: Reason) -> None:
    if reason is Reason.OUTAGE:
        trouble = desk.service.fault(ADD, kind="html", status=502, times=None)
    else:
        trouble = desk.service.fails(ADD, SLOTS_FULL, times=None)
    torrent_id = await desk.accept(SINTEL)

    waits = []
    for _ in range(12):
        assert (await desk.step(torrent_id)).waiting_reason is reason
        waits.append(desk.waits_for(torrent_id))
        desk.clock.advance(waits[-1] + A_MOMENT)

    assert waits == sorted(waits)
    assert timedelta() < waits[0] < waits[-1]
    assert LONGEST_WAIT <= waits[-1] < 2 * LONGEST_WAIT
    trouble.lift()
    torrent = await desk.step(torrent_id)
    assert (torrent.stumbles, torrent.retry_at, desk.phase(torrent_id)) == (0, None, "Placing")


async def test_a_torrent_is_left_alone_until_its_wait_is_over(desk: Desk) -> None:
    desk.service.fault(ADD, kind="html", status=502, times=None)
    torrent_id = await desk.accept(SINTEL)
    await desk.step(torrent_id)
    asked = desk.service.calls(ADD)

    desk.clock.advance(desk.waits_for(torrent_id) - A_MOMENT)
    await desk.step(torrent_id)

    assert desk.service.calls(ADD) == asked
    assert (await desk.story(torrent_id)).count("Stumbled") == 1


async def test_a_fault_while_letting_go_of_a_refused_item_is_tried_again(desk: Desk) -> None:
    torrent_id = await desk.accept(SINTEL, action=Action.DOWNLOAD)
    await desk.step(torrent_id)
    desk.service.refuses(SINTEL.infohash, at="unrestrict")
    outage = desk.service.fault(DELETE, kind="html", status=502, times=1)

    torrent = await desk.step(torrent_id)
    assert outage.fired == 1
    assert (desk.phase(torrent_id), torrent.refusals) == ("Placing", ())

    desk.clock.advance(desk.waits_for(torrent_id) + A_MOMENT)
    torrent = await desk.step(torrent_id)
    assert [note.provider for note in torrent.refusals] == [PROVIDER]
    assert desk.service.items() == []


async def test_files_that_are_gone_from_a_finished_item_are_fetched_again(desk: Desk) -> None:
    torrent_id = await desk.accept(SINTEL, action=Action.DOWNLOAD)
    await desk.step(torrent_id)
    desk.service.loses(SINTEL.infohash)

    await desk.step(torrent_id)
    assert desk.service.items() == []
    await desk.step(torrent_id)

    story = await desk.story(torrent_id)
    assert story == ["Added", "Submitted", "Cached", "Freed", "Lost", "Submitted", "Cached"]


async def test_files_that_are_gone_again_and_again_are_a_refusal(desk: Desk) -> None:
    torrent_id = await desk.accept(SINTEL, action=Action.DOWNLOAD)
    for _ in range(3):
        await desk.step(torrent_id)
        desk.service.loses(SINTEL.infohash)
        await desk.step(torrent_id)

    [refusal] = desk.torrent(torrent_id).refusals
    assert refusal.reason is Reason.FILTERED_BY_PROVIDER
    assert desk.service.items() == []


@pytest.mark.parametrize("seconds", [1764137325, 10**13], ids=["a moment", "a moment in milliseconds"])
async def test_a_wait_that_is_none_is_no_longer_than_a_day(desk: Desk, seconds: int) -> None:
    torrent_id = await desk.accept(SINTEL)
    desk.service.fault(ADD, kind="html", status=503, headers={"Retry-After": str(seconds)})

    await desk.step(torrent_id)

    assert await desk.story(torrent_id) == ["Added", "Stumbled"]
    assert desk.waits_for(torrent_id) <= timedelta(days=1)


async def test_a_mount_that_was_down_has_all_of_its_patience_to_show_what_it_holds(desk: Desk) -> None:
    torrent_id = await desk.accept(SINTEL, action=Action.SYMLINK)
    await desk.step(torrent_id)
    desk.mount.goes_down()
    await desk.step(torrent_id)
    desk.clock.advance(2 * desk.hands.patience.mount)
    desk.mount.comes_up()
    desk.mount.vanish(SINTEL)  # it has just begun to list what there is

    for _ in range(2):
        await desk.step(torrent_id)
        desk.clock.advance(desk.waits_for(torrent_id) + A_MOMENT)
    desk.mount.appear(SINTEL)
    await desk.step(torrent_id)

    assert desk.phase(torrent_id) == "Confirming"


async def test_what_nobody_looked_for_while_it_was_paused_is_looked_for_before_it_is_given_up(
    desk: Desk,
) -> None:
    torrent_id = await desk.accept(SINTEL, action=Action.SYMLINK)
    await desk.step(torrent_id)
    desk.mount.vanish(SINTEL)
    await desk.step(torrent_id)
    await desk.library.record(torrent_id, Paused())
    desk.clock.advance(2 * desk.hands.patience.mount)
    await desk.library.record(torrent_id, Resumed())
    desk.mount.appear(SINTEL)

    await desk.step(torrent_id)

    assert desk.phase(torrent_id) == "Confirming"


async def test_a_season_whose_pack_is_gone_is_added_again_when_it_is_lost(desk: Desk) -> None:
    whole = await desk.accept(SHOW)
    part = Part(infohash="c" * 40, name="Show.S01", files=(RemoteFile(id="1", path="a.mkv", size=1),))
    for event in (Submitted(Remote(PROVIDER, "GONE")), Split("Show", (part,))):
        await desk.library.record(whole, event)
    [season] = desk.library.parts_of(SHOW.infohash)
    await desk.library.record(season.id, Recategorised("imported", desk.library.save_path("imported")))
    await desk.step(whole)  # no season of its category is left
    await desk.last_step(whole)

    await desk.library.record(season.id, Lost("it is not listed"))
    added = await desk.step(season.id)

    assert desk.phase(season.id) == "Placing"
    assert [remote_of(added)] == [Remote(PROVIDER, item.id) for item in desk.service.items()]
