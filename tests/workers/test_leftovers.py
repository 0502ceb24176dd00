"""What a torrent left behind at a provider that did not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SINTEL
from qbitproxy.core.events import Left, RemovalAsked, Submitted
from qbitproxy.core.torrent import Remote
from qbitproxy.workers.leftovers import EVERY, Leftovers
from tests.workers.desk import PROVIDER, Desk, a_desk, at_work

ELSEWHERE = Submitted(Remote("another", "ID"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SINTEL, profile="stuck")
        yield desk


async def a_torrent_that_moved_on(desk: Desk) -> int:
    """Its remote item is still in the account."""
    torrent_id = await desk.fetch(SINTEL)
    await desk.library.record(torrent_id, Left("no answer"))
    return torrent_id


async def look(desk: Desk, times: int = 1) -> None:
    async with at_work(Leftovers(desk.hands, desk.pulse).run):
        for _ in range(times):
            await desk.clock.pass_by(EVERY)


async def test_what_was_left_is_let_go_of_once_the_provider_answers(desk: Desk) -> None:
    torrent_id = await a_torrent_that_moved_on(desk)
    await desk.library.record(torrent_id, ELSEWHERE)
    outage = desk.service.fault(status=503, body="<html>down</html>", times=None)
    await look(desk, times=3)
    assert desk.torrent(torrent_id).left
    assert len(desk.service.items()) == 1

    outage.lift()
    await look(desk, times=3)

    assert not desk.torrent(torrent_id).left
    assert not desk.service.items()


async def test_a_refused_account_is_asked_to_let_go_once_in_a_rest(desk: Desk) -> None:
    torrent_id = await a_torrent_that_moved_on(desk)
    await desk.library.record(torrent_id, ELSEWHERE)
    desk.service.denies(8)

    await look(desk, times=5)

    assert desk.service.calls("DELETE /torrents/delete/{id}") == 1
    assert "refuses the account" in desk.hands.rests[PROVIDER].why
    assert desk.torrent(torrent_id).left


async def test_what_the_torrent_may_take_up_again_is_not_let_go_of(desk: Desk) -> None:
    torrent_id = await a_torrent_that_moved_on(desk)

    await look(desk)
    await desk.step(torrent_id)

    assert desk.phase(torrent_id) == "Fetching"
    assert not desk.torrent(torrent_id).left
    assert len(desk.service.items()) == 1


async def test_what_another_torrent_of_the_infohash_needs_stays(desk: Desk) -> None:
    torrent_id = await a_torrent_that_moved_on(desk)
    await desk.library.record(torrent_id, ELSEWHERE)
    kin = await desk.accept(SINTEL, "tv-other")
    await look(desk)
    assert desk.torrent(torrent_id).left

    await desk.step(kin)
    await look(desk)

    assert not desk.torrent(torrent_id).left
    assert len(desk.service.items()) == 1


async def test_a_torrent_that_is_removed_takes_along_what_it_left(desk: Desk) -> None:
    torrent_id = await a_torrent_that_moved_on(desk)
    await desk.library.record(torrent_id, RemovalAsked(delete_files=True))

    await desk.last_step(torrent_id)

    assert not desk.service.items()
    assert (await desk.story(torrent_id))[-2:] == ["Freed", "Released"]


async def test_what_was_left_at_a_provider_that_is_switched_off_is_let_go_of_once_it_is_back(
    desk: Desk,
) -> None:
    torrent_id = await a_torrent_that_moved_on(desk)
    await desk.library.record(torrent_id, ELSEWHERE)
    providers, desk.hands.providers = desk.hands.providers, {}
    await look(desk, times=3)
    assert desk.torrent(torrent_id).left

    desk.hands.providers = providers
    await look(desk)

    assert not desk.torrent(torrent_id).left
    assert not desk.service.items()


async def test_a_torrent_at_a_provider_that_is_switched_off_says_so_or_goes_on_elsewhere(desk: Desk) -> None:
    torrent_id = await desk.fetch(SINTEL)
    [hand] = desk.hands.providers.values()
    desk.hands.providers = {}

    waiting = await desk.step(torrent_id)
    assert "not among the enabled providers" in waiting.waiting_for

    desk.clock.advance(timedelta(minutes=10))
    desk.hands.providers = {"another": hand}
    moved = await desk.step(torrent_id)
    assert (desk.phase(torrent_id), [remote.provider for remote in moved.left]) == ("Accepted", [PROVIDER])
