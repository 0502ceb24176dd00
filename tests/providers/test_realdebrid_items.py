"""What Real-Debrid lists of its torrents, which links it gives for their files."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compat.content import SAME_NAMES, SHOW, SINTEL, Release
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from tests.providers.account import EVERYTHING, VIDEO, an_account, source_of

ONE_OF_TWO = Release("Spring.2019", {"Spring.2019.mkv": 50_000, "Spring.2019.srt": 900})


# Listing


async def test_pages_are_put_together_even_when_they_are_shorter_than_asked_for() -> None:
    async with an_account() as (rd, provider, _):
        for number in range(7):
            release = Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000 + number})
            rd.knows(release)
            rd.added_elsewhere(release)
        rd.lists_at_most = 3

        items = await provider.items()

        assert [item.name for item in items] == [f"Film.{number}.mkv" for number in reversed(range(7))]
        assert rd.calls("GET /torrents") == 3


async def test_the_list_shows_a_link_to_ask_about_and_whether_there_is_none() -> None:
    async with an_account() as (rd, provider, _):
        kept = {
            "id": "KEPT",
            "hash": "a" * 40,
            "status": "downloaded",
            "links": ["https://x/1", "https://x/2"],
        }
        lost = {"id": "LOST", "hash": "b" * 40, "status": "downloaded", "links": []}
        young = {"id": "YOUNG", "hash": "c" * 40, "status": "downloading", "links": []}
        rd.fault("GET /torrents", status=200, body=[kept, lost, young])

        items = {item.id: (item.link, item.empty) for item in await provider.items()}

        assert items == {"KEPT": ("https://x/1", False), "LOST": ("", True), "YOUNG": ("", False)}


@pytest.mark.parametrize(
    "body", [{}, {"error": "internal_error", "error_code": -1}, "<html></html>", b"", b"null"]
)
async def test_a_list_that_is_none_never_means_an_empty_account(body: object) -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.added_elsewhere(SINTEL)
        rd.fault("GET /torrents", status=200, body=body)

        with pytest.raises(Unreachable):
            await provider.items()


@pytest.mark.parametrize(("status", "body"), [(204, b""), (200, b"[]")])
async def test_a_list_that_disagrees_with_its_own_count_is_not_believed(status: int, body: bytes) -> None:
    async with an_account() as (rd, provider, _):
        rd.fault("GET /torrents", status=status, body=body, headers={"X-Total-Count": "12"}, times=None)

        with pytest.raises(Unreachable, match="0 of 12"):
            await provider.items()


async def test_an_odd_torrent_in_the_list_is_still_there_and_spoils_no_other() -> None:
    async with an_account() as (rd, provider, _):
        odd = {"id": "ODD", "hash": "A" * 40, "status": "queued", "progress": None}
        fine = odd | {"id": "FINE", "progress": 1.5}
        rd.fault("GET /torrents", status=200, body=[odd, fine, {"hash": "without id"}])

        items = {item.id: item for item in await provider.items()}

        assert (items["ODD"].state, items["FINE"].state) == (ItemState.FETCHING, ItemState.QUEUED)
        assert (items["ODD"].infohash, items["FINE"].progress) == ("a" * 40, 0.015)


async def test_a_torrent_with_a_name_in_no_alphabet_is_still_there() -> None:
    async with an_account() as (rd, provider, _):
        body = b'[{"id": "A", "hash": "%b", "status": "queued", "filename": "caf\xe9 noir"}]' % (b"a" * 40)
        rd.fault("GET /torrents", status=200, body=body)

        [item] = await provider.items()

        assert (item.id, item.infohash) == ("A", "a" * 40)


async def test_a_status_we_do_not_know_is_not_a_failure() -> None:
    async with an_account() as (rd, provider, _):
        rd.fault("GET /torrents", status=200, body=[{"id": "X", "hash": "a" * 40, "status": "polishing"}])

        [item] = await provider.items()

        assert (item.state, item.detail) == (ItemState.FETCHING, "polishing")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("magnet_error", Reason.NO_SEEDS),
        ("dead", Reason.NO_SEEDS),
        ("virus", Reason.FILTERED_BY_PROVIDER),
        ("error", Reason.BAD_SOURCE),
    ],
)
async def test_failures_are_listed_with_their_reason(status: str, reason: Reason) -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.added_elsewhere(SINTEL, downloaded=False)
        rd.advance(SINTEL.infohash, status)

        [item] = await provider.items()

        assert (item.state, item.reason, item.detail) == (ItemState.FAILED, reason, status)


@pytest.mark.parametrize("status", ["compressing", "uploading"])
async def test_repacking_counts_as_almost_done(status: str) -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        rd.added_elsewhere(SINTEL, downloaded=False)
        rd.advance(SINTEL.infohash, status, progress=12)

        [item] = await provider.items()

        assert (item.state, item.progress) == (ItemState.FETCHING, 0.99)


async def test_the_torrents_name_outlives_the_listing_of_a_files_name() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(ONE_OF_TWO)

        item = await provider.submit(source_of(ONE_OF_TWO), VIDEO)
        [listed] = await provider.items()

        assert rd.items()[0].filename == "Spring.2019.mkv"
        assert item.name == listed.name == "Spring.2019"


# Files, links


@pytest.mark.parametrize("packing", ["short", "none"])
async def test_links_that_stay_incomplete_are_missing_in_the_end(packing: str) -> None:
    async with an_account() as (rd, provider, clock):
        rd.knows(SHOW, packing=packing)  # type: ignore[arg-type]
        item = await provider.submit(source_of(SHOW), VIDEO)

        with pytest.raises(Busy, match="not complete"):
            await provider.contents(item.id, VIDEO)
        clock.advance(timedelta(seconds=31))
        with pytest.raises(Missing, match="for 3 files"):
            await provider.contents(item.id, VIDEO)

        assert (item.state, item.files) == (ItemState.DONE, None)


async def test_links_that_come_one_by_one_are_waited_for() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SHOW, packing="one-by-one")
        item = await provider.submit(source_of(SHOW), VIDEO)

        with pytest.raises(Busy) as caught:
            await provider.contents(item.id, VIDEO)
        files = (await provider.contents(item.id, VIDEO)).files or ()

        assert caught.value.retry_after == 5
        assert [file.path for file in files] == list(SHOW.files)[:3]


async def test_a_first_link_that_a_check_does_not_know_does_not_end_the_wait_for_the_others() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        shown = rd.items()[0].details()
        rd.fault("GET /torrents/info/{id}", status=200, body=shown | {"links": [(item.files or ())[0].link]})
        rd.fails("POST /unrestrict/check", "unknown_ressource")

        with pytest.raises(Busy, match="not complete"):
            await provider.contents(item.id, VIDEO)
        files = (await provider.contents(item.id, VIDEO)).files or ()

        assert [file.path for file in files] == list(SHOW.files)[:3]


async def test_one_archive_for_many_files_is_refused() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SHOW, packing="rar")
        item = await provider.submit(source_of(SHOW), EVERYTHING)

        with pytest.raises(Refusal, match="archive") as caught:
            await provider.contents(item.id, VIDEO)

        assert caught.value.reason is Reason.REFUSED_BY_POLICY


async def test_one_file_may_have_one_link() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert len((await provider.contents(item.id, VIDEO)).files or ()) == 1


async def test_files_of_the_same_name_keep_their_folders_and_links() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SAME_NAMES)

        item = await provider.submit(source_of(SAME_NAMES), VIDEO)
        sizes = [(await provider.link(file)).size for file in item.files or ()]

        assert sizes == list(SAME_NAMES.files.values())


async def test_long_links_are_shortened_to_what_unrestricting_takes() -> None:
    async with an_account() as (rd, provider, _):
        rd.long_links = True
        rd.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)

        [file] = item.files or ()

        assert (await provider.link(file)).connections == 16


@pytest.mark.parametrize("code", ["hoster_unavailable", "file_unavailable", "unknown_ressource"])
async def test_a_link_with_nothing_behind_it_is_missing(code: str) -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        rd.refuses(SINTEL.infohash, code, at="unrestrict")

        with pytest.raises(Missing):
            await provider.link((item.files or ())[0])


async def test_a_link_to_other_content_is_missing() -> None:
    async with an_account() as (rd, provider, _):
        rd.fault("POST /unrestrict/link", status=200, body={"download": "https://x.invalid/", "filesize": 7})
        rd.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)

        with pytest.raises(Missing, match="7 bytes"):
            await provider.link((item.files or ())[0])


async def test_a_link_to_an_archive_is_refused() -> None:
    async with an_account() as (rd, provider, _):
        offered = {"download": "https://x.invalid/", "filename": "Sintel.rar"}
        rd.fault("POST /unrestrict/link", status=200, body=offered)
        rd.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)

        with pytest.raises(Refusal, match="archive"):
            await provider.link((item.files or ())[0])


async def test_content_withheld_after_it_was_downloaded_is_refused() -> None:
    async with an_account() as (rd, provider, _):
        rd.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        rd.refuses(SINTEL.infohash, at="unrestrict")

        with pytest.raises(Refusal) as caught:
            await provider.link((item.files or ())[0])

        assert caught.value.reason is Reason.FILTERED_BY_PROVIDER
