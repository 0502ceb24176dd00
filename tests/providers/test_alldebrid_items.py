"""What AllDebrid lists of its torrents, which files and links it gives for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from compat.content import ALBUM, SAME_NAMES, SHOW, SINTEL, Release
from compat.emulators.alldebrid import AllDebrid
from compat.emulators.alldebrid_items import EXPIRED
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Unreachable
from qbitproxy.core.ports import ItemState, Provider
from qbitproxy.core.torrent import RemoteFile
from tests.providers.account import EVERYTHING, VIDEO, source_of
from tests.providers.alldebrid_account import FILES, STATUS, UNLOCK, an_account

ONE_IN_A_FOLDER = Release("Spring.2019", {"Spring.2019.mkv": 50_000})
NESTED = Release("Elephants.Dream", {"Elephants.Dream/Elephants.mkv": 9000, "Elephants.Dream/a/b.mkv": 70})
"""Below its own folder it holds one folder of the same name."""


def answered(magnets: object) -> dict[str, object]:
    return {"status": "success", "data": {"magnets": magnets}}


# Listing


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "success"},
        {"status": "success", "data": {}},
        {"status": "success", "data": []},
        {"status": "success", "data": {"magnets": None}},
        {"status": "success", "data": {"magnets": "none"}},
        {"data": {"magnets": []}},
        "<html></html>",
        b"",
        b"null",
        b"[]",
    ],
)
async def test_a_list_that_is_none_never_means_an_empty_account(body: object) -> None:
    async with an_account() as (ad, provider, _):
        ad.fault(STATUS, status=200, body=body)

        with pytest.raises(Unreachable):
            await provider.items()


@pytest.mark.parametrize("how", ["list", "object", "map"])
async def test_a_list_may_come_as_an_object(how: str) -> None:
    async with an_account() as (ad, provider, _):
        shown = {"id": "310442177", "hash": "A" * 40, "statusCode": "1", "filename": "x", "size": 4}
        body = {"list": [shown], "object": shown, "map": {"310442177": shown}}[how]
        ad.fault(STATUS, status=200, body=answered(body))

        [item] = await provider.items()

        assert (item.id, item.infohash, item.state) == ("310442177", "a" * 40, ItemState.FETCHING)


async def test_an_odd_torrent_in_the_list_is_still_there_and_spoils_no_other() -> None:
    async with an_account() as (ad, provider, _):
        odd = {"id": 1, "hash": "A" * 40, "statusCode": None, "size": "much"}
        fine = {"id": 2, "hash": "b" * 40, "statusCode": 0}
        ad.fault(STATUS, status=200, body=answered([odd, fine, {"hash": "without id"}, None]))

        items = {item.id: item for item in await provider.items()}

        assert {id_: (item.state, item.infohash) for id_, item in items.items()} == {
            "1": (ItemState.FETCHING, "a" * 40),
            "2": (ItemState.QUEUED, "b" * 40),
        }


async def test_a_torrent_with_a_name_in_no_alphabet_is_still_there() -> None:
    async with an_account() as (ad, provider, _):
        magnet = b'{"id": 1, "hash": "%b", "statusCode": 1, "filename": "caf\xe9 noir"}' % (b"a" * 40)
        ad.fault(STATUS, status=200, body=b'{"status": "success", "data": {"magnets": [%b]}}' % magnet)

        [item] = await provider.items()

        assert (item.id, item.infohash) == ("1", "a" * 40)


@pytest.mark.parametrize("code", [16, 99, -1])
async def test_a_status_code_we_do_not_know_is_not_a_failure(code: int) -> None:
    async with an_account() as (ad, provider, _):
        ad.fault(STATUS, status=200, body=answered([{"id": 1, "hash": "a" * 40, "statusCode": code}]))

        [item] = await provider.items()

        assert (item.state, item.detail) == (ItemState.FETCHING, f"status {code}")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (7, Reason.NO_SEEDS),
        (8, Reason.TOO_LARGE),
        (10, Reason.STALLED),
        (EXPIRED, Reason.FILTERED_BY_PROVIDER),
        (15, Reason.NO_SEEDS),
    ],
)
async def test_failures_are_listed_with_their_reason(code: int, reason: Reason) -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        ad.added_elsewhere(SINTEL)
        ad.advance(SINTEL.infohash, code)

        [item] = await provider.items()

        assert (item.state, item.reason, item.progress) == (ItemState.FAILED, reason, 0)
        assert item.detail


@pytest.mark.parametrize(
    ("code", "progress", "state", "shown"),
    [
        (0, 0, ItemState.QUEUED, 0),
        (1, 37, ItemState.FETCHING, pytest.approx(0.37, abs=1e-5)),
        (1, 100, ItemState.FETCHING, 0.99),
        (2, 100, ItemState.FETCHING, 0.99),
        (3, 12, ItemState.FETCHING, 0.99),
    ],
)
async def test_progress_never_falls_back_after_the_download(
    code: int, progress: float, state: ItemState, shown: object
) -> None:
    async with an_account(AllDebrid("manual")) as (ad, provider, _):
        ad.knows(SINTEL)
        ad.added_elsewhere(SINTEL, downloaded=False)
        ad.advance(SINTEL.infohash, 1, seeders=3)  # which brings the metadata
        ad.advance(SINTEL.infohash, code, progress=progress, seeders=3, speed=700)

        [item] = await provider.items()

        assert (item.state, item.progress, item.seeders, item.size) == (state, shown, 3, SINTEL.size)


async def test_a_torrent_whose_metadata_is_unknown_has_no_progress() -> None:
    async with an_account(AllDebrid("manual")) as (ad, provider, _):
        await provider.submit(source_of(SINTEL), VIDEO)
        ad.advance(SINTEL.infohash, 1)

        [item] = await provider.items()

        assert (item.state, item.progress, item.size) == (ItemState.FETCHING, 0, 0)


async def test_a_list_without_infohashes_does_not_forget_them() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        submitted = await provider.submit(source_of(SINTEL), VIDEO)
        ad.habits.shows_hashes = False

        for _ in range(2):
            [listed] = await provider.items()
            assert (listed.id, listed.infohash) == (submitted.id, SINTEL.infohash)
        assert (await provider.contents(submitted.id, VIDEO)).infohash == SINTEL.infohash


async def test_an_account_that_is_suddenly_empty_is_believed_the_second_time() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        await provider.submit(source_of(SINTEL), VIDEO)
        ad.forgets = True

        with pytest.raises(Unreachable, match="to be confirmed"):
            await provider.items()
        confirmed = await provider.items()

        assert confirmed == []
        assert ad.calls("GET /v4/user") == 2


async def test_an_account_that_is_suddenly_empty_may_wait_for_its_owners_consent() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        await provider.submit(source_of(SINTEL), VIDEO)
        ad.forgets = True
        ad.fails("GET /v4/user", "AUTH_BLOCKED", times=None)

        for _ in range(3):
            with pytest.raises(Denied):
                await provider.items()


async def test_an_account_that_we_emptied_ourselves_is_empty() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        await provider.release(item.id)

        assert await provider.items() == []


# Files


@pytest.mark.parametrize("one_as", ["object", "array", "map"])
@pytest.mark.parametrize("shows_files", [False, True])
async def test_contents_are_read_however_one_torrent_is_shown(
    one_as: Literal["object", "array", "map"], shows_files: bool
) -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SHOW)
        ad.habits.one_as = one_as
        ad.habits.shows_files = shows_files
        item = await provider.submit(source_of(SHOW), VIDEO)
        ad.requests.clear()

        assert await provider.contents(item.id, VIDEO) == item
        assert ad.calls(FILES) == int(not shows_files)


@pytest.mark.parametrize("release", [SHOW, SINTEL, SAME_NAMES, ALBUM, ONE_IN_A_FOLDER], ids=lambda r: r.name)
@pytest.mark.parametrize("habit", ["", "rooted", "keyed", "nulls", "numbers_as_text"])
async def test_paths_begin_inside_the_torrents_folder(release: Release, habit: str) -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(release)
        if habit and not (habit == "rooted" and release.single_file):
            setattr(ad.habits, habit, True)

        item = await provider.submit(source_of(release), EVERYTHING)

        assert item.name == release.name
        assert {file.path: file.size for file in item.files or ()} == dict(release.files)


async def test_a_lone_folder_of_another_name_belongs_to_the_paths() -> None:
    async with an_account() as (ad, provider, _):
        lone = Release("Elephants", {"Season 1/Elephants.mkv": 9000})
        ad.knows(lone)

        item = await provider.submit(source_of(lone), VIDEO)

        assert [file.path for file in item.files or ()] == ["Season 1/Elephants.mkv"]


async def test_a_folder_called_like_its_torrent_is_taken_for_the_torrents_own() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(NESTED)

        item = await provider.submit(source_of(NESTED), VIDEO)

        assert [file.path for file in item.files or ()] == ["Elephants.mkv", "a/b.mkv"]


async def test_files_of_the_same_name_keep_their_folders_and_links() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SAME_NAMES)

        item = await provider.submit(source_of(SAME_NAMES), VIDEO)
        sizes = [(await provider.link(file)).size for file in item.files or ()]

        assert sizes == list(SAME_NAMES.files.values())


async def test_a_node_that_cannot_be_read_spoils_no_other() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        file = {"n": "a.mkv", "s": "12", "l": "https://alldebrid.com/f/a"}
        nodes = [{"s": 1}, file, {"n": "b", "e": [None, {"n": 7}]}, "c"]
        ad.fault(FILES, status=200, body=answered([{"id": "310442177", "files": nodes}]))

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert [(file.path, file.size) for file in item.files or ()] == [("a.mkv", 12)]


async def test_a_tree_as_deep_as_it_may_be_is_an_odd_answer_at_most() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        tree = b'{"n":"d","e":[' * 900 + b'{"n":"a.mkv","s":1,"l":"x"}' + b"]}" * 900
        body = b'{"status":"success","data":{"magnets":[{"id":310442177,"files":[%b]}]}}' % tree
        ad.fault(FILES, status=200, body=body)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert item.state is ItemState.DONE


@pytest.mark.parametrize("files", ["none", "without links"])
async def test_files_that_stay_incomplete_are_missing_in_the_end(files: str) -> None:
    async with an_account() as (ad, provider, clock):
        ad.knows(SHOW)
        if files == "none":
            ad.habits.shows_files = False
            empty = answered([{"id": "310442177", "files": []}])
            ad.fault(FILES, status=200, body=empty, times=None)
        else:
            ad.habits.bare = True
        item = await provider.submit(source_of(SHOW), VIDEO)

        with pytest.raises(Busy, match="not complete") as caught:
            await provider.contents(item.id, VIDEO)
        clock.advance(timedelta(seconds=31))
        with pytest.raises(Missing, match="not a link for each"):
            await provider.contents(item.id, VIDEO)

        assert (item.state, item.files) == (ItemState.DONE, None)
        assert caught.value.retry_after == 5


async def test_files_that_come_late_are_waited_for() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SHOW)
        ad.habits.bare = True
        item = await provider.submit(source_of(SHOW), VIDEO)
        ad.habits.bare = False

        assert len((await provider.contents(item.id, VIDEO)).files or ()) == 3


@pytest.mark.parametrize(("code", "kind"), [(1, Busy), (16, Busy), (EXPIRED, Missing), (9, Missing)])
async def test_contents_of_what_is_not_ready_are_not_there(code: int, kind: type[Fault]) -> None:
    async with an_account() as (ad, provider, _):
        ad.fault(STATUS, status=200, body=answered({"id": 1, "hash": "a" * 40, "statusCode": code}))

        with pytest.raises(kind):
            await provider.contents("1", VIDEO)


async def test_contents_that_are_gone_by_the_time_their_files_are_asked_for_are_missing() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SHOW)
        ad.habits.shows_files = False
        item = await provider.submit(source_of(SHOW), VIDEO)
        gone = {"code": "MAGNET_INVALID_ID", "message": "x"}
        ad.fault(FILES, status=200, body=answered([{"id": item.id, "error": gone}]))

        with pytest.raises(Missing):
            await provider.contents(item.id, VIDEO)


@pytest.mark.parametrize("magnets", [[], [{"id": 7, "statusCode": 4, "files": []}], ["odd"]])
async def test_an_answer_about_another_torrent_says_nothing_about_ours(magnets: object) -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SHOW)
        ad.habits.shows_files = False
        item = await provider.submit(source_of(SHOW), VIDEO)
        for route in (STATUS, FILES):
            ad.fault(route, status=200, body=answered(magnets))

            with pytest.raises(Unreachable, match="odd answer"):
                await provider.contents(item.id, VIDEO)


# Links


async def test_links_are_neither_shown_nor_more_parallel_than_the_servers_bear() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)

        link = await provider.link((item.files or ())[0])

        assert (link.connections, link.size) == (4, SINTEL.size)
        assert link.url not in repr(link)


async def test_a_files_link_outlives_its_torrent() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        await provider.release(item.id)

        assert (await provider.link((item.files or ())[0])).size == SINTEL.size


async def test_content_that_was_lost_is_missing_until_it_is_added_again() -> None:
    async with an_account() as (ad, provider, _):
        ad.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        ad.loses(SINTEL.infohash)

        with pytest.raises(Missing, match="LINK_DOWN"):
            await provider.link((item.files or ())[0])
        await provider.release(item.id)
        again = await provider.submit(source_of(SINTEL), VIDEO)

        assert (await provider.link((again.files or ())[0])).size == SINTEL.size


async def test_a_link_to_other_content_is_missing() -> None:
    async with an_account() as (ad, provider, _):
        offered = {"link": "https://x.invalid/", "filesize": 7}
        ad.fault(UNLOCK, status=200, body={"status": "success", "data": offered})
        ad.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)

        with pytest.raises(Missing, match="7 bytes"):
            await provider.link((item.files or ())[0])


async def test_a_link_that_takes_a_while_is_waited_for_without_unlocking_again() -> None:
    async with an_account() as (ad, provider, _):
        file = await a_file(ad, provider)
        ad.links.delay = 3

        for expected in (10, 5):
            with pytest.raises(Busy, match="being made") as caught:
                await provider.link(file)
            assert caught.value.retry_after == expected
        link = await provider.link(file)

        assert (link.size, link.url.startswith(ad.origin)) == (SINTEL.size, True)
        assert ad.calls(UNLOCK) == 1


async def test_a_link_that_is_never_made_is_unlocked_again_after_a_while() -> None:
    async with an_account() as (ad, provider, clock):
        file = await a_file(ad, provider)
        ad.links.delay = 1000

        with pytest.raises(Busy):
            await provider.link(file)
        ad.links.delay = 0
        clock.advance(timedelta(minutes=11))

        assert (await provider.link(file)).size == SINTEL.size


@pytest.mark.parametrize("answer", ["forgotten", "failed", "unknown"])
async def test_a_link_that_could_not_be_made_is_unlocked_again(answer: str) -> None:
    async with an_account() as (ad, provider, _):
        file = await a_file(ad, provider)
        ad.links.delay = 1000
        if answer == "forgotten":
            ad.fails("POST /v4/link/delayed", "DELAYED_INVALID_ID")
        else:
            data = {"status": 3 if answer == "failed" else 9, "time_left": 0}
            ad.fault("POST /v4/link/delayed", status=200, body={"status": "success", "data": data})

        with pytest.raises(Unreachable):
            await provider.link(file)
        ad.links.delay = 0

        assert (await provider.link(file)).size == SINTEL.size


@pytest.mark.parametrize("data", [{"link": ""}, {"filesize": 3}])
async def test_an_unlocked_file_without_a_link_says_nothing_about_it(data: object) -> None:
    async with an_account() as (ad, provider, _):
        file = await a_file(ad, provider)
        ad.fault(UNLOCK, status=200, body={"status": "success", "data": data})

        with pytest.raises(Unreachable, match="without a link"):
            await provider.link(file)


async def a_file(ad: AllDebrid, provider: Provider) -> RemoteFile:
    ad.knows(SINTEL)
    [file] = (await provider.submit(source_of(SINTEL), VIDEO)).files or ()
    return file
