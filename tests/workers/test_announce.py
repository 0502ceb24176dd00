"""Who is told of what became of a torrent, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SHOW, SINTEL, Release
from qbitproxy.outbox import Delivery, Outbox
from qbitproxy.store import Store
from qbitproxy.workers.announce import OWN_LOOK, Announce, CallbackUrls
from qbitproxy.workers.notices import Notices
from tests.support import DEADLINE
from tests.workers.desk import Desk, a_desk, at_work

NUDGE = "POST /api/v3/command"
USUAL = "http://usual.example/hook?token=fake"
NO_URLS: Mapping[str, str] = {}


@contextmanager
def announcing(
    desk: Desk, folder: Path, url: str = "", by_arr: Mapping[str, str] = NO_URLS
) -> Iterator[tuple[Announce, Outbox]]:
    """The worker with an outbox on a database of its own."""
    (folder / "outbox").mkdir()
    with closing(Store(folder / "outbox" / "qbitproxy.db")) as store:
        outbox = Outbox(store)
        urls = CallbackUrls(usual=url, by_arr=by_arr)
        yield Announce(desk.hands, outbox, urls, Notices(outbox, {})), outbox


async def queued(outbox: Outbox) -> Delivery:
    """The one delivery, once there is one."""
    async with asyncio.timeout(DEADLINE):
        while not (found := await outbox.listed(None, 2**62, 10)):
            pass  # the store answers from a thread of its own
    [delivery] = found
    return delivery


async def becomes_ready(desk: Desk, release: Release, after: timedelta) -> None:
    """A release that is asked for now and ready `after` that."""
    desk.service.knows(release)
    torrent_id = await desk.accept(release)
    desk.clock.advance(after)
    while desk.phase(torrent_id) != "Ready":
        await desk.step(torrent_id)


async def test_an_arr_is_not_nudged_right_after_its_grab_but_later_on(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        with announcing(desk, tmp_path) as (announce, _):
            async with at_work(announce.run):
                await becomes_ready(desk, SINTEL, OWN_LOOK - timedelta(seconds=1))
                await becomes_ready(desk, SHOW, OWN_LOOK)

                await desk.sonarr.run_until(lambda: desk.sonarr.calls(NUDGE))

        assert desk.sonarr.calls(NUDGE) == 1


async def test_an_arr_that_cannot_be_nudged_holds_up_no_webhook(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        refused = desk.sonarr.fault(NUDGE, kind="html", status=502, times=None)
        await becomes_ready(desk, SINTEL, OWN_LOOK)

        with announcing(desk, tmp_path, USUAL) as (announce, outbox):
            async with at_work(announce.run):
                delivery = await queued(outbox)

    assert refused.fired == 1
    assert (delivery.url, delivery.receiver) == (USUAL, "http://usual.example")
    assert delivery.kind == "torrent.completed"


@pytest.mark.parametrize(
    ("own", "by_arr", "expected"),
    [
        ("http://own.example/hook", {"sonarr": "http://arr.example/hook"}, "http://own.example/hook"),
        ("", {"sonarr": "http://arr.example/hook"}, "http://arr.example/hook"),
        ("", {"radarr": "http://arr.example/hook"}, USUAL),
    ],
)
async def test_the_adds_own_url_goes_before_its_arrs_and_that_before_the_usual_one(
    tmp_path: Path, own: str, by_arr: Mapping[str, str], expected: str
) -> None:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SINTEL)
        torrent_id = await desk.accept(SINTEL, callback_url=own)
        while desk.phase(torrent_id) != "Ready":
            await desk.step(torrent_id)

        with announcing(desk, tmp_path, USUAL, by_arr) as (announce, outbox):
            async with at_work(announce.run):
                delivery = await queued(outbox)

    assert delivery.url == expected
