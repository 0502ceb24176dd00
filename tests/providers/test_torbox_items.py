"""What TorBox lists of its torrents, which links it gives for their files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from compat.content import SAME_NAMES, SHOW, SINTEL, Release
from compat.emulators.torbox_items import DAY, Profile, Step
from qbitproxy.core.faults import Denied, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.providers.torbox_wire import File, Item, instant
from tests.providers.account import EVERYTHING, VIDEO, source_of
from tests.providers.torbox_account import LINK, LIST, Box, a_box


def films(count: int) -> list[Release]:
    return [Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000 + number}) for number in range(count)]


async def listed(box: Box) -> RemoteItem:
    [item] = await box.provider.items()
    return item


async def shown_as(box: Box, **fields: object) -> RemoteItem:
    """How we see a torrent that is listed with these fields."""
    usual = {"id": 1, "hash": "A" * 40, "download_finished": False, "download_present": False, "active": True}
    box.tb.fault(LIST, status=200, body={"success": True, "data": [usual | fields]})
    return await listed(box)


# The list


async def test_a_long_list_is_read_in_pages_that_overlap() -> None:
    async with a_box() as box:
        releases = films(1003)
        for release in releases:
            box.tb.knows(release)
            box.tb.added_elsewhere(release)

        items = await box.provider.items()

        assert {item.infohash for item in items} == {release.infohash for release in releases}
        assert len(items) == 1003
        pages = [request.query for request in box.tb.requests if request.route == LIST]
        assert [(page["offset"], page["limit"]) for page in pages] == [("0", "1000"), ("990", "1000")]
        assert {page["bypass_cache"] for page in pages} == {"true"}


async def test_a_page_that_does_not_follow_on_the_one_before_is_not_believed() -> None:
    async with a_box() as box:
        for release in films(1003):
            box.tb.knows(release)
            box.tb.added_elsewhere(release)
        other = {"id": 1, "hash": "a" * 40, "download_finished": True, "download_present": True}
        box.tb.fault(LIST, status=200, body={"success": True, "data": [other]}, after=1)

        with pytest.raises(Unreachable, match="changed"):
            await box.provider.items()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (200, "<html></html>"),
        (200, b""),
        (200, b"null"),
        (200, {"success": True, "data": {}}),
        (404, b""),
        (404, {"detail": "Not Found"}),
        (422, {"detail": [{"loc": ["query", "offset"]}]}),
    ],
)
async def test_a_list_that_is_none_never_means_an_empty_account(status: int, body: object) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.fault(LIST, status=status, body=body)

        with pytest.raises(Unreachable):
            await box.provider.items()


@pytest.mark.parametrize("way", ["list", "null", "404"])
async def test_an_empty_queue_may_be_shown_in_any_way(way: str) -> None:
    async with a_box() as box:
        box.tb.no_queue_as = way  # type: ignore[assignment]

        assert await box.provider.items() == []


async def test_a_torrent_missing_from_one_list_is_kept_until_a_later_one_agrees() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        before = await box.provider.submit(source_of(SINTEL), VIDEO)
        await box.provider.items()
        box.tb.deletes(SINTEL.infohash)
        box.later(seconds=1)

        seen = []
        for _ in range(3):
            seen.append(len(await box.provider.items()))
            box.later(seconds=31)

        assert before.state is ItemState.DONE
        assert seen == [1, 1, 0]


async def test_a_torrent_that_comes_back_was_never_gone() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.submit(source_of(SINTEL), VIDEO)
        await box.provider.items()
        for _ in range(3):
            box.tb.fault(LIST, status=200, body={"success": True, "data": []})
            assert len(await box.provider.items()) == 1
            box.later(seconds=59)
            assert (await listed(box)).state is ItemState.DONE


async def test_an_odd_torrent_in_the_list_is_still_there_and_spoils_no_other() -> None:
    async with a_box() as box:
        odd = {"id": 1, "hash": "A" * 40, "download_finished": "?", "download_present": False}
        fine = {"id": "2", "hash": "b" * 40, "download_finished": 0, "download_present": False}
        body = {"success": True, "data": [odd, fine | {"progress": 1}, {"id": 3}, None, 7]}
        box.tb.fault(LIST, status=200, body=body)

        items = {item.infohash: item for item in await box.provider.items()}

        assert set(items) == {"a" * 40, "b" * 40}
        assert items["a" * 40].state is ItemState.FETCHING
        assert items["b" * 40].progress == 0.99


async def test_whatever_may_be_null_may_be_null_and_hashes_in_capitals() -> None:
    async with a_box() as box:
        box.tb.sparse, box.tb.upper_case, box.tb.by_id_as_list, box.tb.aged = True, True, True, True
        box.tb.knows(SHOW)

        item = await box.provider.submit(source_of(SHOW), VIDEO)

        assert (item.state, item.infohash, item.name) == (ItemState.DONE, SHOW.infohash, SHOW.name)
        assert (await listed(box)).id == item.id


async def test_one_torrent_more_than_a_page_holds_does_no_harm() -> None:
    async with a_box() as box:
        for release in films(1001):
            box.tb.knows(release)
            box.tb.added_elsewhere(release)
        box.tb.one_too_many = True

        assert len(await box.provider.items()) == 1001


@pytest.mark.parametrize("there_first", [True, False])
async def test_of_two_torrents_of_one_infohash_the_present_one_counts(there_first: bool) -> None:
    async with a_box() as box:
        usual = {"hash": "a" * 40, "active": True}
        going = usual | {"id": 2, "download_finished": False, "download_present": False}
        there = usual | {"id": 1, "download_finished": True, "download_present": True}
        both = [there, going] if there_first else [going, there]
        box.tb.fault(LIST, status=200, body={"success": True, "data": both})

        assert (await listed(box)).state is ItemState.DONE


# States


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("metaDL", ItemState.CONVERTING),
        ("checkingResumeData", ItemState.CONVERTING),
        ("allocating", ItemState.CONVERTING),
        ("queuedDL", ItemState.QUEUED),
        ("Waiting (3)", ItemState.QUEUED),
        ("downloading", ItemState.FETCHING),
        ("stalled (no seeds)", ItemState.FETCHING),
        ("STALLEDDL", ItemState.FETCHING),
        ("pausedDL", ItemState.FETCHING),
        ("completed", ItemState.FETCHING),
        ("uploading", ItemState.FETCHING),
        ("cached", ItemState.FETCHING),
        ("polishing", ItemState.FETCHING),
        ("failed (Retrying)", ItemState.FETCHING),
        (None, ItemState.FETCHING),
    ],
)
async def test_only_the_flags_make_a_torrent_done_and_no_word_makes_it_fail(
    word: str | None, state: ItemState
) -> None:
    async with a_box() as box:
        item = await shown_as(box, download_state=word)

        assert (item.state, item.detail) == (state, word or "")


async def test_what_is_complete_but_not_stored_yet_is_almost_done() -> None:
    async with a_box() as box:
        item = await shown_as(box, download_state="uploading", download_finished=True, progress=1)

        assert (item.state, item.progress) == (ItemState.FETCHING, 0.99)


@pytest.mark.parametrize("progress", [-1, 0, None, 7.5])
async def test_progress_stays_within_its_bounds(progress: float | None) -> None:
    async with a_box() as box:
        item = await shown_as(box, progress=progress, download_speed=-5, seeds=-1)

        assert 0 <= item.progress < 1
        assert (item.speed, item.seeders) == (0, 0)


@pytest.mark.parametrize(
    ("step", "state", "reason"),
    [
        (Step(0, "incomplete", active=False), ItemState.FAILED, Reason.NO_SEEDS),
        (Step(0, "downloading", 0.4, active=False), ItemState.FAILED, Reason.NO_SEEDS),
        (Step(0, "reported", active=False), ItemState.FAILED, Reason.FILTERED_BY_PROVIDER),
        (Step(0, "failed - Disk full", active=False), ItemState.UNPREPARED, None),
        (Step(0, "missingFiles", active=False), ItemState.UNPREPARED, None),
        (Step(0, "cached", 1, active=False, finished=True), ItemState.UNPREPARED, None),
        (Step(0, "queuedDL", active=False), ItemState.QUEUED, None),
        (Step(0, "pausedDL", 0.4, active=False), ItemState.FETCHING, None),
        (Step(0, "metaDL", active=False), ItemState.CONVERTING, None),
    ],
)
async def test_bad_news_is_believed_when_a_later_look_agrees(
    step: Step, state: ItemState, reason: Reason | None
) -> None:
    async with a_box("manual") as box:
        box.tb.knows(SINTEL, cached=False)
        await box.provider.submit(source_of(SINTEL), VIDEO)
        box.later(minutes=3)
        box.tb.advance(SINTEL.infohash, step)

        first = await listed(box)
        box.later(seconds=59)
        second = await listed(box)
        box.later(seconds=1)
        third = await listed(box)

        assert not {first.state, second.state} & {ItemState.FAILED, ItemState.UNPREPARED, ItemState.DONE}
        assert (third.state, third.reason) == (state, reason)


async def test_a_young_torrent_is_given_time_before_it_counts_as_broken() -> None:
    async with a_box("manual") as box:
        await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.advance(SINTEL.infohash, Step(0, "failed", active=False))
        await box.provider.items()
        box.later(seconds=90)
        assert (await listed(box)).state is ItemState.FETCHING

        box.later(seconds=31)
        assert (await listed(box)).state is ItemState.UNPREPARED


async def test_trouble_that_passes_is_forgotten() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL, profile="recovers")
        await box.provider.submit(source_of(SINTEL), VIDEO)

        seen = []
        for _ in range(12):
            box.later(minutes=1)
            seen.append((await listed(box)).state)

        assert set(seen) == {ItemState.FETCHING, ItemState.DONE}


async def test_a_torrent_begins_anew_once_and_has_failed_when_it_breaks_again() -> None:
    async with a_box("manual") as box:
        ends = []
        for _ in range(2):
            await box.provider.submit(source_of(SINTEL), VIDEO)
            box.tb.advance(SINTEL.infohash, Step(0, "failed - Disk full", active=False))
            await box.provider.items()
            box.later(minutes=2)
            ends.append(await listed(box))

        assert [item.state for item in ends] == [ItemState.UNPREPARED, ItemState.FAILED]
        assert (ends[1].reason, ends[1].detail) == (Reason.BAD_SOURCE, "failed (failed - Disk full)")


@pytest.mark.parametrize("profile", ["backwards", "polishing", "storing", "stuck"])
async def test_progress_may_go_back_and_stop_without_being_a_failure(profile: Profile) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL, profile=profile)
        await box.provider.submit(source_of(SINTEL), VIDEO)

        states = {(await listed(box)).state for _ in range(10)}

        assert states <= {ItemState.FETCHING, ItemState.DONE}


# Names, files


@pytest.mark.parametrize("shown_name", ["[Indexer] Die Karawane (2010)", SHOW.infohash, ""])
async def test_a_torrent_is_called_by_its_root_folder_whatever_the_list_says(shown_name: str) -> None:
    async with a_box() as box:
        box.tb.knows(SHOW, shown_name=shown_name)

        item = await box.provider.submit(source_of(SHOW), EVERYTHING)

        assert item.name == (await listed(box)).name == SHOW.name
        assert [file.path for file in item.files or ()] == list(SHOW.files)


@pytest.mark.parametrize("rootless", [True, False])
async def test_a_single_file_may_have_a_folder_or_none(rootless: bool) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL, rootless=rootless, shown_name="Sintel, the film")

        item = await box.provider.submit(source_of(SINTEL), VIDEO)

        assert (item.name, [file.path for file in item.files or ()]) == (SINTEL.name, [SINTEL.name])


@pytest.mark.parametrize(
    ("names", "root", "paths"),
    [
        (["Show/S01/a.mkv", "Show/b.mkv"], "Show", ["S01/a.mkv", "b.mkv"]),
        (["/Show/a.mkv"], "Show", ["a.mkv"]),
        (["a.mkv", "b.mkv"], "listed", ["a.mkv", "b.mkv"]),
        (["Show", "Show/a.mkv"], "Show", ["Show", "Show/a.mkv"]),
        ([], "listed", []),
    ],
)
def test_paths_are_below_the_root_folder_where_there_is_one(
    names: list[str], root: str, paths: list[str]
) -> None:
    files = [File(id=number, name=name) for number, name in enumerate(names)]
    item = Item(id=1, infohash="a", name="listed", download_finished=True, download_present=True, files=files)

    assert (item.root, [file.path for file in item.remote_files()]) == (root, paths)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-18T14:03:21Z", datetime(2026, 7, 18, 14, 3, 21, tzinfo=UTC)),
        ("2023-12-22T22:12:34.78989+00:00", datetime(2023, 12, 22, 22, 12, 34, 789890, tzinfo=UTC)),
        ("2023-12-22T22:12:34", datetime(2023, 12, 22, 22, 12, 34, tzinfo=UTC)),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_however_they_are_written(text: str | None, moment: datetime | None) -> None:
    assert instant(text) == moment


# Links


async def test_files_of_the_same_name_lead_to_their_own_bytes_by_any_numbers() -> None:
    async with a_box() as box:
        box.tb.knows(SAME_NAMES, file_ids=[7, 0])
        item = await box.provider.submit(source_of(SAME_NAMES), VIDEO)

        for file in item.files or ():
            link = await box.provider.link(file)
            async with box.session.get(link.url) as response:
                assert await response.read() == SAME_NAMES.read(file.path)
            assert (link.size, link.connections) == (file.size, 1)
            assert link.settling > 0
            assert box.tb.token not in link.url


async def test_a_link_costs_one_call_even_after_a_restart() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.requests.clear()

        await box.restarted().link((item.files or ())[0])

        assert [request.route for request in box.tb.requests] == [LINK]
        assert box.tb.token not in repr(box.tb.requests)


async def test_a_file_is_found_by_its_path_in_what_was_added_again() -> None:
    async with a_box() as box:
        box.tb.knows(SHOW)
        item = await box.provider.submit(source_of(SHOW), VIDEO)
        box.tb.deletes(SHOW.infohash)
        box.tb.knows(SHOW, file_ids=[4, 3, 2, 1, 0])
        box.tb.added_elsewhere(SHOW)

        for file in item.files or ():
            link = await box.provider.link(file)
            async with box.session.get(link.url) as response:
                assert await response.read() == SHOW.read(file.path)


async def test_a_file_of_a_torrent_that_is_gone_is_missing() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.deletes(SINTEL.infohash)

        with pytest.raises(Missing):
            await box.provider.link((item.files or ())[0])


@pytest.mark.parametrize(
    ("code", "detail", "status", "error", "kind"),
    [
        ("DATABASE_ERROR", "", 500, ..., Unreachable),
        ("UNKNOWN_ERROR", "Something went wrong.", 500, None, Unreachable),
        ("LINK_OFFLINE", "", 400, ..., Unreachable),
        ("UNKNOWN_ERROR", "This torrent is not ready yet.", 400, None, Unreachable),
        ("UNKNOWN_ERROR", "Torrent not found.", 500, None, Missing),
        ("BAD_TOKEN", "", 403, ..., Denied),
        ("AUTH_ERROR", "", 500, ..., Unreachable),
        ("NOT_ALLOWED", "", 403, ..., Refusal),
    ],
)
async def test_a_link_that_is_not_given_says_whether_the_file_is_gone(
    code: str, detail: str, status: int, error: object, kind: type[Exception]
) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.fails(LINK, code, detail, status=status, error=error)

        with pytest.raises(kind) as caught:
            await box.provider.link((item.files or ())[0])

        assert type(caught.value) in (kind, *kind.__subclasses__())


@pytest.mark.parametrize("data", [None, "", 7, {"url": "https://x.invalid/"}, "ftp://x.invalid/"])
async def test_a_link_that_is_none_is_no_answer(data: object) -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        box.tb.fault(LINK, status=200, body={"success": True, "data": data})

        with pytest.raises(Unreachable):
            await box.provider.link((item.files or ())[0])


async def test_eviction_is_seen_by_the_list_once_a_month_has_passed() -> None:
    async with a_box() as box:
        box.tb.knows(SINTEL)
        await box.provider.submit(source_of(SINTEL), VIDEO)
        box.later(seconds=30 * DAY)

        first = await listed(box)
        box.later(minutes=1)

        assert (first.state, (await listed(box)).state) == (ItemState.FETCHING, ItemState.UNPREPARED)
        item = await box.provider.submit(source_of(SINTEL), VIDEO)
        assert item.state is ItemState.DONE
