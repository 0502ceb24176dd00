"""What Debrid-Link lists of its torrents, which addresses it gives for their files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from compat.content import SAME_NAMES, SHOW, SINTEL, Release
from compat.emulators.debridlink import DebridLink
from compat.emulators.debridlink_items import Naming, Profile
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.core.torrent import RemoteFile
from tests.providers.account import EVERYTHING, VIDEO, source_of
from tests.providers.debridlink_account import an_account

LIST = "GET /seedbox/list"
ID = "7d3f9a2c11e84b06"


def a_torrent(**changes: object) -> dict[str, object]:
    given: dict[str, object] = {"id": ID, "name": "Film", "hashString": "A" * 40, "status": 4}
    return given | {"downloadPercent": 50, "totalSize": 1000} | changes


def a_file(number: int = 0, **changes: object) -> dict[str, object]:
    given: dict[str, object] = {"id": f"{ID}-{number}", "name": f"{number}.mkv", "size": 1000}
    return given | {"downloadUrl": f"https://x.invalid/{number}", "downloadPercent": 100} | changes


def a_list(*torrents: object, next_page: int = -1, pages: int = 1) -> dict[str, object]:
    around = {"page": 0, "pages": pages, "next": next_page, "previous": -1}
    return {"success": True, "value": list(torrents), "pagination": around}


def films(dl: DebridLink, count: int) -> list[str]:
    """Names of so many small films in the account, newest first."""
    names = [f"Film.{number}.mkv" for number in range(count)]
    for number, name in enumerate(names):
        release = Release(name, {name: 1000 + number})
        dl.knows(release)
        dl.added_elsewhere(release)
    return names[::-1]


# Pages


async def test_pages_are_put_together_in_order() -> None:
    async with an_account() as (dl, provider, _):
        names = films(dl, 7)
        dl.lists_at_most = 3

        items = await provider.items()

        assert [item.name for item in items] == names
        assert [request.query["page"] for request in dl.requests] == ["0", "1", "2"]


async def test_a_hundred_torrents_cost_one_call() -> None:
    async with an_account(DebridLink(per_day=100)) as (dl, provider, _):
        films(dl, 100)

        assert len(await provider.items()) == 100
        assert dl.calls(LIST) == 1


async def test_paging_that_is_ignored_ends_as_soon_as_nothing_is_new() -> None:
    async with an_account() as (dl, provider, _):
        names = films(dl, 7)
        dl.pages_are_ignored = True

        items = await provider.items()

        assert [item.name for item in items] == names
        assert dl.calls(LIST) == 2


async def test_a_list_without_pages_is_read_until_nothing_is_new() -> None:
    async with an_account() as (dl, provider, _):
        whole = {"success": True, "value": [a_torrent()]}
        dl.fault(LIST, status=200, body=whole, times=None)

        assert [item.id for item in await provider.items()] == [ID]
        assert dl.calls(LIST) == 2


async def test_a_torrent_added_between_two_pages_makes_no_duplicate() -> None:
    async with an_account() as (dl, provider, _):
        first, moved, last = (a_torrent(id=id_) for id_ in ("new", "moved", "last"))
        dl.fault(LIST, status=200, body=a_list(first, moved, next_page=1, pages=2))
        dl.fault(LIST, status=200, body=a_list(moved, last, pages=2))

        assert [item.id for item in await provider.items()] == ["new", "moved", "last"]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (a_list(a_torrent(id="x"), pages=2), "shorter"),
        (a_list(next_page=2, pages=3), "is empty"),
    ],
)
async def test_a_list_that_changes_under_our_hands_is_not_believed(second: object, words: str) -> None:
    async with an_account() as (dl, provider, _):
        dl.fault(LIST, status=200, body=a_list(a_torrent(), next_page=1, pages=3))
        dl.fault(LIST, status=200, body=second)

        with pytest.raises(Unreachable, match=words):
            await provider.items()


async def test_a_page_that_fails_spoils_the_whole_list() -> None:
    async with an_account() as (dl, provider, _):
        films(dl, 7)
        dl.lists_at_most = 3
        dl.fault(LIST, kind="half", after=1)

        with pytest.raises(Unreachable):
            await provider.items()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"success": True},
        {"success": True, "value": None},
        {"success": True, "value": {}},
        {"value": []},
        {"result": "OK", "value": []},
        {"success": False, "error": "internalError"},
        "<!DOCTYPE html><html></html>",
        b"",
        b"null",
        b"[]",
    ],
)
async def test_a_list_that_is_none_never_means_an_empty_account(body: object) -> None:
    async with an_account() as (dl, provider, _):
        films(dl, 1)
        dl.fault(LIST, status=200, body=body)

        with pytest.raises(Unreachable):
            await provider.items()


# Torrents


async def test_an_odd_torrent_in_the_list_is_still_there_and_spoils_no_other() -> None:
    async with an_account() as (dl, provider, _):
        odd = a_torrent(id="ODD", downloadPercent=None)
        odd_file = a_torrent(id="ODD FILE", files=[{"name": "without id"}])
        fine = a_torrent(id="FINE", downloadPercent=12.5)
        dl.fault(LIST, status=200, body=a_list(odd, odd_file, fine, {"hashString": "without id"}))

        items = {item.id: item for item in await provider.items()}

        assert [(items[id_].state, items[id_].detail) for id_ in ("ODD", "ODD FILE")] == [
            (ItemState.FETCHING, "odd"),
            (ItemState.FETCHING, "odd"),
        ]
        assert (items["ODD"].infohash, items["FINE"].progress) == ("a" * 40, 0.125)
        assert len(items) == 3


async def test_a_torrent_that_reads_oddly_is_not_gone() -> None:
    async with an_account() as (dl, provider, _):
        dl.fault(LIST, status=200, body=a_list(a_torrent(downloadPercent=None)))

        with pytest.raises(Unreachable, match="odd answer"):
            await provider.contents(ID, VIDEO)


@pytest.mark.parametrize(
    ("changes", "state", "progress"),
    [
        ({"status": 1, "downloadPercent": 0}, ItemState.CONVERTING, 0),
        ({"status": 1, "downloadPercent": 0, "files": None}, ItemState.CONVERTING, 0),
        ({"status": 1, "downloadPercent": 0, "files": [a_file(downloadUrl="")]}, ItemState.QUEUED, 0),
        ({"status": 2, "downloadPercent": 0, "files": [a_file(downloadUrl=None)]}, ItemState.QUEUED, 0),
        ({"status": 0, "downloadPercent": 37, "files": [a_file(downloadUrl="")]}, ItemState.FETCHING, 0.37),
        ({"status": 4, "downloadPercent": 0, "files": [a_file(downloadUrl="")]}, ItemState.FETCHING, 0),
        ({"status": 6, "downloadPercent": 63.5}, ItemState.FETCHING, 0.635),
        ({"status": 77, "downloadPercent": 99.9}, ItemState.FETCHING, 0.99),
        ({"status": 4, "downloadPercent": 0, "wait": True, "files": [a_file()]}, ItemState.UNPREPARED, 0),
        ({"status": 8, "downloadPercent": 100, "files": [a_file()]}, ItemState.DONE, 1),
        ({"status": 6, "downloadPercent": 100.0, "files": [a_file()]}, ItemState.DONE, 1),
        ({"status": 100, "downloadPercent": 99, "files": [a_file()]}, ItemState.DONE, 1),
        (
            {"status": 100, "downloadPercent": 100, "files": [a_file(downloadUrl="")]},
            ItemState.FETCHING,
            0.99,
        ),
        ({"status": 100, "downloadPercent": 100, "files": []}, ItemState.FETCHING, 0.99),
        ({"status": 4, "error": 3}, ItemState.FAILED, 0.5),
        ({"status": 4, "errorString": "No data found"}, ItemState.FAILED, 0.5),
        ({"status": 4, "errorString": "tracker", "downloadSpeed": 1}, ItemState.FETCHING, 0.5),
        ({"status": 4, "error": 1, "peersConnected": 2}, ItemState.FETCHING, 0.5),
        ({"status": 8, "downloadPercent": 100, "error": 2, "files": [a_file()]}, ItemState.DONE, 1),
    ],
)
async def test_progress_decides_over_the_status(
    changes: dict[str, object], state: ItemState, progress: float
) -> None:
    async with an_account() as (dl, provider, _):
        dl.fault(LIST, status=200, body=a_list(a_torrent(**changes)))

        [item] = await provider.items()

        assert (item.state, item.progress, item.infohash) == (state, progress, "a" * 40)


async def test_a_failure_says_why_without_a_trackers_passkey() -> None:
    async with an_account() as (dl, provider, _):
        complaint = "Could not connect to https://tracker.example/pass-key/announce"
        dl.fault(LIST, status=200, body=a_list(a_torrent(errorString=complaint)))

        [item] = await provider.items()

        assert (item.reason, item.detail) == (Reason.BAD_SOURCE, "Could not connect to …")


@pytest.mark.parametrize(
    ("profile", "states"),
    [
        ("uncached", [ItemState.QUEUED, *[ItemState.FETCHING] * 5, ItemState.DONE]),
        ("backwards", [ItemState.QUEUED, *[ItemState.FETCHING] * 4, ItemState.DONE]),
        ("seeding", [ItemState.QUEUED, *[ItemState.FETCHING] * 2, ItemState.DONE]),
        ("ambiguous", [ItemState.QUEUED, *[ItemState.FETCHING] * 2, ItemState.DONE]),
        ("error", [ItemState.QUEUED, *[ItemState.FETCHING] * 2, ItemState.FAILED]),
        ("paused", [ItemState.QUEUED, *[ItemState.FETCHING] * 3]),
        ("stuck", [ItemState.QUEUED, *[ItemState.FETCHING] * 5]),
        ("linkless", [ItemState.QUEUED, *[ItemState.FETCHING] * 4, ItemState.DONE]),
        ("unseeded", [ItemState.CONVERTING] * 3),
    ],
)
async def test_torrents_go_their_course(profile: Profile, states: Sequence[ItemState]) -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SINTEL, profile=profile)
        await provider.submit(source_of(SINTEL), VIDEO)

        assert [(await provider.items())[0].state for _ in states] == states


async def test_a_finished_torrent_is_collected_from_the_list_that_showed_it() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW, profile="seeding")
        item = await provider.submit(source_of(SHOW), VIDEO)
        while (await provider.items())[0].state is not ItemState.DONE:
            pass
        dl.requests.clear()

        done = await provider.contents(item.id, VIDEO)
        for file in done.files or ():
            await provider.link(file)

        assert [file.path for file in done.files or ()] == list(SHOW.files)[:3]
        assert dl.requests == []


# Files


async def test_an_archive_in_the_list_is_unpacked_by_asking_for_the_torrent() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        dl.added_elsewhere(SHOW)
        dl.zips_above = 3

        [listed] = await provider.items()
        collected = await provider.contents(listed.id, VIDEO)
        await provider.items()
        adopted = await provider.submit(source_of(SHOW), VIDEO)

        assert listed.state is ItemState.DONE
        assert [file.path for file in collected.files or ()] == list(SHOW.files)[:3]
        assert collected == replace(adopted, adopted=False)


@pytest.mark.parametrize(
    ("naming", "paths"),
    [
        ("path", ["Part 1/Cosmos Laundromat.mkv", "Part 2/Cosmos Laundromat.mkv"]),
        ("rooted", ["Part 1/Cosmos Laundromat.mkv", "Part 2/Cosmos Laundromat.mkv"]),
        ("base", ["Cosmos Laundromat.mkv", "Cosmos Laundromat.mkv"]),
    ],
)
async def test_paths_are_below_the_root_folder_however_files_are_named(
    naming: Naming, paths: list[str]
) -> None:
    async with an_account() as (dl, provider, _):
        dl.names = naming
        dl.knows(SAME_NAMES)

        item = await provider.submit(source_of(SAME_NAMES), VIDEO)
        sizes = [(await provider.link(file)).size for file in item.files or ()]

        assert item.name == SAME_NAMES.name
        assert [file.path for file in item.files or ()] == paths
        assert sizes == list(SAME_NAMES.files.values())


@pytest.mark.parametrize(
    ("names", "paths"),
    [
        (["Film/a.mkv", "Film/b.mkv"], ["a.mkv", "b.mkv"]),
        (["/Film/a.mkv", "/Film/b.mkv"], ["a.mkv", "b.mkv"]),
        (["Film/a.mkv", "b.mkv"], ["Film/a.mkv", "b.mkv"]),
        (["Film"], ["Film"]),
    ],
)
async def test_a_root_folder_is_one_that_all_files_share(names: list[str], paths: list[str]) -> None:
    async with an_account() as (dl, provider, _):
        files = [a_file(number, name=name) for number, name in enumerate(names)]
        dl.fault(LIST, status=200, body=a_list(a_torrent(downloadPercent=100, files=files)))

        item = await provider.contents(ID, EVERYTHING)

        assert [file.path for file in item.files or ()] == paths


async def test_unwanted_files_need_no_address() -> None:
    async with an_account() as (dl, provider, _):
        files = [a_file(0), a_file(1, name="notes.txt", downloadUrl="", downloadPercent=0)]
        dl.fault(LIST, status=200, body=a_list(a_torrent(status=100, files=files)))

        item = await provider.contents(ID, VIDEO)

        assert [file.path for file in item.files or ()] == ["0.mkv"]


@pytest.mark.parametrize("changes", [{"downloadUrl": ""}, {"downloadPercent": 97.5}])
async def test_a_wanted_file_that_stays_without_an_address_is_missing_in_the_end(
    changes: dict[str, Any],
) -> None:
    async with an_account() as (dl, provider, clock):
        files = [a_file(0), a_file(1, **changes)]
        dl.fault(LIST, status=200, body=a_list(a_torrent(status=100, files=files)), times=None)

        with pytest.raises(Busy, match="no addresses yet") as caught:
            await provider.contents(ID, VIDEO)
        clock.advance(timedelta(minutes=5))
        await provider.items()
        with pytest.raises(Busy):
            await provider.contents(ID, VIDEO)
        clock.advance(timedelta(minutes=6))
        with pytest.raises(Missing, match="never got addresses"):
            await provider.contents(ID, VIDEO)

        assert caught.value.retry_after == 15


async def test_an_address_that_comes_late_is_seen_at_the_next_look() -> None:
    async with an_account() as (dl, provider, clock):
        early, late = a_file(1, downloadUrl=""), a_file(1)
        dl.fault(LIST, status=200, body=a_list(a_torrent(status=100, files=[a_file(0), early])))
        dl.fault(LIST, status=200, body=a_list(a_torrent(status=100, files=[a_file(0), late])))

        with pytest.raises(Busy) as caught:
            await provider.contents(ID, VIDEO)
        clock.advance(timedelta(seconds=caught.value.retry_after or 0))

        assert len((await provider.contents(ID, VIDEO)).files or ()) == 2


async def test_a_complete_torrent_that_never_gets_addresses_fails_in_the_list() -> None:
    async with an_account(DebridLink("manual")) as (dl, provider, clock):
        dl.knows(SINTEL)
        dl.added_elsewhere(SINTEL, downloaded=False)
        dl.advance(SINTEL.infohash, "downloaded", linked=False)

        [early] = await provider.items()
        clock.advance(timedelta(minutes=11))
        [late] = await provider.items()

        assert (early.state, early.progress) == (ItemState.FETCHING, 0.99)
        assert (late.state, late.reason) == (ItemState.FAILED, Reason.STALLED)


async def test_a_torrent_that_failed_after_all_has_no_contents() -> None:
    async with an_account() as (dl, provider, _):
        dl.fault(LIST, status=200, body=a_list(a_torrent(error=3, files=[a_file()])))

        with pytest.raises(Missing, match="error 3"):
            await provider.contents(ID, VIDEO)


async def test_contents_that_were_packed_are_refused() -> None:
    async with an_account() as (dl, provider, _):
        packed = a_torrent(status=100, isZip=True, files=[a_file(name="Film.zip")])
        dl.fault(LIST, status=200, body=a_list(packed))

        with pytest.raises(Refusal, match="archive"):
            await provider.contents(ID, VIDEO)


# Addresses


async def test_a_dead_address_is_replaced_by_the_one_that_is_listed_now() -> None:
    async with an_account() as (dl, provider, _), aiohttp.ClientSession() as session:
        dl.knows(SINTEL)
        [file] = (await provider.submit(source_of(SINTEL), VIDEO)).files or ()
        first = await provider.link(file)
        dl.expire_links()

        second = await provider.link(file)

        async with session.get(first.url) as response:
            assert response.status == 404
        async with session.get(second.url) as response:
            assert await response.read() == SINTEL.read(file.path)


async def test_many_files_share_one_look_for_their_addresses() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        files = (await provider.submit(source_of(SHOW), VIDEO)).files or ()
        for file in files:
            await provider.link(file)
        dl.requests.clear()

        async with asyncio.TaskGroup() as group:
            for file in files:
                group.create_task(provider.link(file))

        assert dl.calls(LIST) == 1


async def test_an_address_of_yesterday_is_asked_for_again() -> None:
    async with an_account() as (dl, provider, clock):
        dl.knows(SINTEL)
        [file] = (await provider.submit(source_of(SINTEL), VIDEO)).files or ()
        clock.advance(timedelta(hours=25))
        dl.requests.clear()

        await provider.link(file)

        assert dl.calls(LIST) == 1


async def test_addresses_are_known_after_a_restart() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)
        dl.added_elsewhere(SHOW)
        item_id = dl.items()[0].id
        file = RemoteFile(
            id=f"{item_id}-1", path=list(SHOW.files)[1], size=list(SHOW.files.values())[1], link=item_id
        )

        link = await provider.link(file)

        assert (link.size, link.connections) == (file.size, 4)


async def test_a_file_of_a_torrent_that_is_gone_is_missing() -> None:
    async with an_account() as (dl, provider, _):
        films(dl, 30)
        gone = RemoteFile(id=f"{ID}-0", path="a.mkv", size=1, link=ID)

        with pytest.raises(Missing, match="does not list"):
            await provider.link(gone)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (a_file(0, size=7), "7 bytes there"),
        (a_file(1), "not among its files"),
    ],
)
async def test_a_link_to_other_content_is_missing(file: object, words: str) -> None:
    async with an_account() as (dl, provider, _):
        dl.fault(LIST, status=200, body=a_list(a_torrent(status=100, files=[file])))

        with pytest.raises(Missing, match=words):
            await provider.link(RemoteFile(id=f"{ID}-0", path="0.mkv", size=1000, link=ID))


async def test_a_file_that_lost_its_address_is_waited_for() -> None:
    async with an_account() as (dl, provider, _):
        dl.fault(LIST, status=200, body=a_list(a_torrent(status=100, files=[a_file(downloadUrl="")])))

        with pytest.raises(Busy, match="no addresses yet"):
            await provider.link(RemoteFile(id=f"{ID}-0", path="0.mkv", size=1000, link=ID))


async def test_no_item_and_no_fault_tells_an_address() -> None:
    async with an_account() as (dl, provider, _):
        dl.knows(SHOW)

        item = await provider.submit(source_of(SHOW), VIDEO)
        told = [repr(item), repr(await provider.items()), repr(await provider.contents(item.id, VIDEO))]
        link = await provider.link((item.files or ())[0])

        assert not [text for text in (*told, repr(link)) if "/dl/" in text]
        assert "/dl/" in link.url
