"""What is particular to a qBittorrent: its releases, its states, its other users."""

from __future__ import annotations

import pytest

from compat.content import ALBUM, SAME_NAMES, SHOW, SINTEL, Release
from compat.emulators.qbittorrent import Qbittorrent
from compat.emulators.qbittorrent_torrents import Wish
from compat.emulators.qbittorrent_wire import DIALECTS
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal
from qbitproxy.core.ports import ItemState, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.files.mounts import shown
from qbitproxy.providers.qbittorrent_wire import ADDED, UNPREPARED, USED
from tests.providers.account import EVERYTHING, VIDEO, source_of
from tests.providers.qbittorrent_account import a_qbittorrent, hybrid_source

KIB = 1 << 10
HYBRID = Release("Spring.2019", {"Spring.mkv": 90 * KIB, "Spring.nfo": 700}, version="hybrid")
BOOKS = ContentRules(extensions=frozenset({"epub"}))


def writes(qb: Qbittorrent) -> list[str]:
    return [r.path.rpartition("/")[2] for r in qb.requests if r.method == "POST" and "auth" not in r.path]


# -- its releases


@pytest.mark.parametrize("version", DIALECTS)
@pytest.mark.parametrize("metainfo", [False, True])
async def test_every_release_is_spoken_to_in_its_own_way(version: str, metainfo: bool) -> None:
    async with a_qbittorrent(Qbittorrent(version=version)) as (qb, provider, _):
        qb.knows(SHOW)

        item = await provider.submit(source_of(SHOW, metainfo=metainfo), VIDEO)
        [listed] = await provider.items()
        await provider.release(item.id)

        assert (item.state, listed.state) == (ItemState.DONE, ItemState.DONE)
        assert qb.items() == []


@pytest.mark.parametrize("version", DIALECTS)
@pytest.mark.parametrize("metainfo", [b"", b"no torrent"])
async def test_what_it_cannot_read_is_a_bad_source_in_every_release(version: str, metainfo: bytes) -> None:
    broken = Source(infohash="e" * 40, name="x", magnet="magnet:?xt=urn:btih:12", metainfo=metainfo)
    async with a_qbittorrent(Qbittorrent(version=version)) as (qb, provider, _):
        with pytest.raises(Refusal) as caught:
            await provider.submit(broken, VIDEO)

        assert caught.value.reason is Reason.BAD_SOURCE
        assert qb.items() == []


async def test_an_api_key_goes_with_every_call_where_there_are_some() -> None:
    qb = Qbittorrent(version="5.2.3")
    async with a_qbittorrent(qb, key=qb.api_key) as (_, provider, _):
        assert (await provider.account()).user == "admin"
        assert await provider.items() == []

    assert qb.calls("POST /api/v2/auth/login") == 0


# -- adding


async def test_a_torrent_file_waits_stopped_until_its_files_are_chosen() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW, cached=False)

        await provider.submit(source_of(SHOW, metainfo=True), VIDEO)

        assert writes(qb) == ["add", "filePrio", "start", "resume", "removeTags"]
        [added] = [r for r in qb.requests if r.path.endswith("/add")]
        assert added.uploads == [("torrents", f"{SHOW.infohash}.torrent", SHOW.torrent)]
        assert (added.form["paused"], added.form["stopped"]) == ("true", "true")
        [chosen] = [r.form for r in qb.requests if r.path.endswith("/filePrio")]
        assert chosen == {"hash": SHOW.infohash, "id": "3|4", "priority": "0"}
        [item] = qb.items()
        assert (item.category, sorted(item.tags), item.stopped) == (USED, [USED, ADDED], False)


async def test_the_name_of_the_action_that_starts_is_found_out_once() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        for release in (SHOW, SINTEL, ALBUM):
            qb.knows(release)
            await provider.submit(source_of(release), EVERYTHING)

        assert qb.calls("POST /api/v2/torrents/start") == 1


async def test_a_magnet_runs_until_its_metadata_is_there_then_waits_for_us() -> None:
    async with a_qbittorrent(Qbittorrent("manual")) as (qb, provider, _):
        qb.knows(SHOW)
        first = await provider.submit(source_of(SHOW), VIDEO)
        qb.advance(SHOW.infohash)

        [listed] = await provider.items()
        second = await provider.submit(source_of(SHOW), VIDEO)

        assert (first.state, listed.state) == (ItemState.CONVERTING, ItemState.UNPREPARED)
        assert second.state in (ItemState.FETCHING, ItemState.QUEUED)
        assert writes(qb) == ["add", "filePrio", "start", "resume", "removeTags"]


async def test_a_torrent_that_a_person_stopped_is_left_stopped() -> None:
    async with a_qbittorrent(Qbittorrent("manual")) as (qb, provider, _):
        qb.knows(SINTEL)
        await provider.submit(source_of(SINTEL, metainfo=True), VIDEO)
        qb.items()[0].stopped = True
        qb.requests.clear()

        [listed] = await provider.items()
        await provider.submit(source_of(SINTEL), VIDEO)

        assert listed.state is ItemState.QUEUED
        assert writes(qb) == []


@pytest.mark.parametrize("lag", [1, 4])
async def test_a_new_torrent_may_take_a_moment_to_show(lag: int) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        qb.lag = lag

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE


async def test_one_that_does_not_show_is_on_its_way() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        qb.lag = 99

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.id, item.state) == (SINTEL.infohash, ItemState.CONVERTING)


async def test_one_that_is_still_being_loaded_is_prepared_the_next_time() -> None:
    async with a_qbittorrent(Qbittorrent("manual")) as (qb, provider, _):
        qb.knows(SINTEL)
        first = await provider.submit(source_of(SINTEL), VIDEO)
        qb.advance(SINTEL.infohash)
        qb.items()[0].shown_as = "checkingResumeData"
        loading = await provider.submit(source_of(SINTEL), VIDEO)
        qb.items()[0].shown_as = ""

        [listed] = await provider.items()

        assert (first.state, loading.state) == (ItemState.CONVERTING, ItemState.FETCHING)
        assert listed.state is ItemState.UNPREPARED


async def test_a_second_request_for_other_files_of_ours_adds_them() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        await provider.submit(source_of(SHOW), VIDEO)

        item = await provider.submit(source_of(SHOW), EVERYTHING)

        assert {file.path for file in item.files or ()} == set(SHOW.files)
        assert qb.items()[0].wanted == [0, 1, 2, 3, 4]


async def test_a_second_request_that_wants_nothing_of_ours_takes_it_from_nobody() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        await provider.submit(source_of(SHOW), VIDEO)

        with pytest.raises(Refusal):
            await provider.submit(source_of(SHOW), BOOKS)

        assert len(qb.items()) == 1


async def test_ours_that_lost_its_files_is_added_again_with_what_is_left() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        await provider.submit(source_of(SHOW), VIDEO)
        qb.items()[0].shown_as = "missingFiles"

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert item.state is ItemState.DONE
        [deleted] = [r.form for r in qb.requests if r.path.endswith("/delete")]
        assert deleted == {"hashes": SHOW.infohash, "deleteFiles": "false"}


# -- hybrids


@pytest.mark.parametrize("metainfo", [False, True])
async def test_a_hybrid_keeps_its_v1_hash_with_us(metainfo: bool) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(HYBRID)

        item = await provider.submit(hybrid_source(HYBRID, metainfo=metainfo), VIDEO)
        [listed] = await provider.items()

        assert item.id == item.infohash == listed.id == HYBRID.infohash
        assert qb.items()[0].id == HYBRID.infohash_v2[:40]
        assert await provider.contents(item.id, VIDEO) == item


async def test_a_hybrid_known_by_its_v1_hash_alone_gets_another_id_there_and_is_still_found() -> None:
    async with a_qbittorrent(Qbittorrent("manual")) as (qb, provider, _):
        qb.knows(HYBRID)
        only_v1 = f"magnet:?xt=urn:btih:{HYBRID.infohash}"
        source = Source(infohash=HYBRID.infohash, name=HYBRID.name, magnet=only_v1)
        first = await provider.submit(source, VIDEO)
        qb.advance(HYBRID.infohash)

        second = await provider.submit(source, VIDEO)
        await provider.release(first.id)

        assert second.id == first.id == HYBRID.infohash
        assert qb.items() == []


async def test_somebody_elses_hybrid_is_adopted_though_its_v1_hash_finds_nothing() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(HYBRID)
        qb.added_elsewhere(HYBRID)

        item = await provider.submit(source_of(HYBRID), VIDEO)

        assert (item.id, item.state) == (HYBRID.infohash, ItemState.DONE)
        assert len(qb.items()) == 1


# -- other people's torrents


@pytest.mark.parametrize("lag", [2, 4])
async def test_a_torrent_that_somebody_else_adds_at_the_same_moment_is_adopted(lag: int) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        qb.lag = lag
        theirs = qb.added_elsewhere(SINTEL)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.id == SINTEL.infohash
        assert theirs.tags == [USED, "theirs"]


@pytest.mark.parametrize("release", [SINTEL, SHOW, SAME_NAMES], ids=lambda release: str(release.name))
async def test_somebody_elses_torrent_is_adopted_where_it_lies(release: Release) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(release)
        theirs = qb.added_elsewhere(release, category="tv")

        item = await provider.submit(source_of(release), VIDEO)

        assert writes(qb) == ["addTags"]
        assert (theirs.category, theirs.tags) == ("tv", [USED, "theirs"])
        assert [listed.id for listed in await provider.items()] == [item.id]
        assert item.name.split("/")[0] == "tv"
        for file, place in zip(
            item.files or (), shown(qb.downloads, item.name, "", item.files or ()), strict=True
        ):
            assert place.read_bytes() == release.read(file.path)


@pytest.mark.parametrize("lost", [False, True])
async def test_releasing_somebody_elses_torrent_only_takes_our_mark_away(lost: bool) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        theirs = qb.added_elsewhere(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        if lost:
            qb.loses(SHOW.infohash)

        await provider.release(item.id)

        assert qb.items() == [theirs]
        assert theirs.tags == ["theirs"]
        assert qb.calls("POST /api/v2/torrents/delete") == 0
        assert await provider.items() == []


async def test_a_torrent_that_is_not_ours_is_never_deleted_even_in_our_category() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        qb.added_elsewhere(SHOW, category=USED)
        item = await provider.submit(source_of(SHOW), VIDEO)

        await provider.release(item.id)

        assert len(qb.items()) == 1


async def test_somebody_elses_torrent_that_leaves_out_what_we_want_is_not_touched() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        theirs = qb.added_elsewhere(SHOW, skipped=[1])

        with pytest.raises(Refusal, match=r"S01E02") as caught:
            await provider.submit(source_of(SHOW), VIDEO)

        assert caught.value.reason is Reason.REFUSED_BY_POLICY
        assert writes(qb) == []
        assert theirs.wanted == [0, 2, 3, 4]


async def test_somebody_elses_torrent_that_lost_its_files_is_no_ones_fault() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        qb.added_elsewhere(SHOW)
        qb.loses(SHOW.infohash)

        with pytest.raises(Refusal, match="missingFiles") as caught:
            await provider.submit(source_of(SHOW), VIDEO)

        assert caught.value.reason is Reason.PATH_NOT_VISIBLE
        assert writes(qb) == []


async def test_somebody_elses_magnet_without_metadata_is_waited_for() -> None:
    async with a_qbittorrent(Qbittorrent("manual")) as (qb, provider, _):
        qb.knows(SINTEL)
        qb.torrents.add_magnet(SINTEL.magnet(), Wish(save_path=qb.save_path))

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.CONVERTING
        assert [listed.id for listed in await provider.items()] == [SINTEL.infohash]


# -- places


@pytest.mark.parametrize(
    ("release", "layout", "below", "name"),
    [
        (SINTEL, "Original", "", SINTEL.name),
        (SINTEL, "Subfolder", "", "Sintel.2010.1080p"),
        (SINTEL, "Original", "a/b", "a/b"),
        (SHOW, "Original", "a/b", f"a/b/{SHOW.name}"),
        (SHOW, "NoSubfolder", "a/b", "a/b"),
        (SAME_NAMES, "NoSubfolder", "a", "a"),
    ],
)
async def test_every_layout_is_found_below_the_save_path(
    release: Release, layout: str, below: str, name: str
) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(release)
        qb.added_elsewhere(release, save_path=str(qb.downloads / below), layout=layout)

        item = await provider.submit(source_of(release), EVERYTHING)

        assert item.name == name
        assert {file.path for file in item.files or ()} == set(release.files)
        places = shown(qb.downloads, item.name, "", item.files or ())
        assert [place.read_bytes() for place in places] == [release.read(f.path) for f in item.files or ()]


async def test_content_elsewhere_or_loose_in_the_save_path_cannot_be_taken() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        for place, layout in (("/elsewhere", "Original"), (str(qb.downloads), "NoSubfolder")):
            qb.added_elsewhere(SHOW, downloaded=False, save_path=place, layout=layout)

            with pytest.raises(Refusal, match="below") as caught:
                await provider.submit(source_of(SHOW), VIDEO)

            assert caught.value.reason is Reason.PATH_NOT_VISIBLE
            assert len(qb.items()) == 1
            qb.deletes(SHOW.infohash)


async def test_releasing_ours_takes_its_files_along_and_nothing_else() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        qb.knows(SINTEL)
        qb.added_elsewhere(SINTEL)
        item = await provider.submit(source_of(SHOW), VIDEO)

        await provider.release(item.id)

        left = [path.name for path in qb.downloads.rglob("*") if path.is_file()]
        assert left == [SINTEL.name]


# -- states


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("moving", ItemState.FETCHING),
        ("checkingUP", ItemState.FETCHING),
        ("checkingDL", ItemState.FETCHING),
        ("checkingResumeData", ItemState.FETCHING),
        ("forcedDL", ItemState.FETCHING),
        ("forcedMetaDL", ItemState.CONVERTING),
        ("queuedDL", ItemState.QUEUED),
        ("stoppedDL", ItemState.QUEUED),
        ("error", ItemState.QUEUED),
        ("missingFiles", ItemState.FAILED),
        ("a state of tomorrow", ItemState.FETCHING),
        ("uploading", ItemState.DONE),
        ("forcedUP", ItemState.DONE),
        ("queuedUP", ItemState.DONE),
        ("stoppedUP", ItemState.DONE),
        ("pausedUP", ItemState.DONE),
    ],
)
async def test_a_state_is_done_only_where_the_files_can_be_used(state: str, expected: ItemState) -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        qb.advance(SINTEL.infohash, state)

        [listed] = await provider.items()

        assert (listed.state, listed.detail) == (expected, state)
        assert (listed.progress == 1) == (expected is ItemState.DONE)
        assert (listed.reason is not None) == (expected is ItemState.FAILED)
        if expected is ItemState.DONE:
            assert (await provider.contents(item.id, VIDEO)).files
        else:
            with pytest.raises(Missing if expected is ItemState.FAILED else Busy):
                await provider.contents(item.id, VIDEO)


async def test_a_torrent_with_every_file_skipped_is_not_done_though_it_is_called_complete() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        qb.knows(SHOW)
        await provider.submit(source_of(SHOW), VIDEO)
        qb.items()[0].priorities |= dict.fromkeys(range(5), 0)

        [listed] = await provider.items()

        assert (listed.detail, listed.state) == ("stalledUP", ItemState.FETCHING)


async def test_more_downloads_than_may_run_are_queued() -> None:
    async with a_qbittorrent(Qbittorrent("manual", slots=1)) as (qb, provider, _):
        for release in (SINTEL, SHOW):
            qb.knows(release)
            await provider.submit(source_of(release, metainfo=True), VIDEO)

        states = {item.infohash: item.state for item in await provider.items()}

        assert states == {SINTEL.infohash: ItemState.FETCHING, SHOW.infohash: ItemState.QUEUED}


async def test_one_call_lists_all_that_we_use_and_nothing_else() -> None:
    async with a_qbittorrent() as (qb, provider, _):
        for release in (SINTEL, SHOW, ALBUM):
            qb.knows(release)
        qb.added_elsewhere(SINTEL)
        qb.added_elsewhere(SHOW)
        await provider.submit(source_of(SHOW), VIDEO)
        await provider.submit(source_of(ALBUM), EVERYTHING)
        qb.requests.clear()

        items = await provider.items()

        assert {item.infohash for item in items} == {SHOW.infohash, ALBUM.infohash}
        assert [request.query for request in qb.requests] == [{"tag": USED}]


async def test_our_stop_is_told_from_theirs_by_a_tag_that_goes_once_files_are_chosen() -> None:
    async with a_qbittorrent(Qbittorrent("manual")) as (qb, provider, _):
        qb.knows(SINTEL)
        await provider.submit(source_of(SINTEL), VIDEO)
        assert UNPREPARED in qb.items()[0].tags

        qb.advance(SINTEL.infohash)
        await provider.submit(source_of(SINTEL), VIDEO)

        assert UNPREPARED not in qb.items()[0].tags
