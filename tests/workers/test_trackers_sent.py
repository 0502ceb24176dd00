"""Which trackers a provider is told of when it is asked again."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from compat.content import Release
from qbitproxy.core.events import Lost, Retracked
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Action, Request, Tracker
from qbitproxy.library import Draft
from qbitproxy.sources import from_magnet, from_metainfo
from tests.workers.desk import Desk, a_desk

OLD, NEW = "http://old.example/announce", "http://new.example/announce"
PERSONAL = "http://new.example/0badfeed0badfeed0badfeed/announce"
FILM = Release("Sintel.2010", {"Sintel.2010.mkv": 50_000}, trackers=(OLD,))
LINK, FILE = from_magnet(FILM.magnet()), from_metainfo(FILM.torrent)


async def said_again(desk: Desk, source: Source, *urls: str, strip: bool = False) -> bytes:
    """Everything said to the service when it is asked again, after a client gave other trackers."""
    desk.service.knows(FILM)
    request = Request(arr="sonarr", action=Action.NONE, strip_trackers=strip)
    draft = Draft(source=source, category="tv-sonarr", save_path="/d", request=request)
    torrent_id = (await desk.library.accept(draft)).id
    await desk.step(torrent_id)
    desk.service.deletes(FILM.infohash)
    said = len(desk.service.requests)
    await desk.library.record(torrent_id, Retracked(tuple(Tracker(url, 0) for url in urls)))
    await desk.library.record(torrent_id, Lost("it is gone"))
    await desk.step(torrent_id)
    assert [item.infohash for item in desk.service.items()] == [FILM.infohash]
    return b"".join(
        unquote_to_bytes(unquote_to_bytes(request.body)) for request in desk.service.requests[said:]
    )


@pytest.mark.parametrize("source", [LINK, FILE], ids=["link", "file"])
async def test_a_provider_that_is_asked_again_is_told_of_the_trackers_of_today(
    tmp_path: Path, source: Source
) -> None:
    async with a_desk(tmp_path) as desk:
        said = await said_again(desk, source, NEW)

    assert NEW.encode() in said
    assert OLD.encode() not in said


@pytest.mark.parametrize("source", [LINK, FILE], ids=["link", "file"])
async def test_trackers_that_are_removed_on_the_way_out_stay_removed(tmp_path: Path, source: Source) -> None:
    async with a_desk(tmp_path) as desk:
        said = await said_again(desk, source, NEW, OLD, strip=True)

    assert b".example/" not in said


async def test_a_passkey_that_came_later_is_kept_like_one_from_the_first_day(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        said = await said_again(desk, LINK, NEW, PERSONAL)

    assert b".example/" not in said
