"""Which files Premiumize's transfers leave, how those are linked."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from yarl import URL

from compat.content import ALBUM, SAME_NAMES, SHOW, SINTEL, Release
from compat.emulators.premiumize import Premiumize
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.providers.premiumize_wire import Node
from tests.providers.account import EVERYTHING, VIDEO, source_of
from tests.providers.premiumize_account import SharedClock, an_account, restarted

LONG = timedelta(minutes=10)


# Files


async def test_files_of_the_same_name_keep_their_folders() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SAME_NAMES)

        item = await provider.submit(source_of(SAME_NAMES), VIDEO)

        assert {file.path: file.size for file in item.files or ()} == dict(SAME_NAMES.files)
        assert [(await provider.link(file)).size for file in item.files or ()] == [300 << 10, 200 << 10]


async def test_sizes_may_be_text() -> None:
    async with an_account() as (pm, provider, _):
        pm.habits.texts = frozenset({"size", "progress", "premium_until", "limit_used", "booster_points"})
        pm.knows(SINTEL)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert [file.size for file in item.files or ()] == [SINTEL.size]
        assert (await provider.link((item.files or ())[0])).size == SINTEL.size


@pytest.mark.parametrize("in_parent", [True, False])
async def test_a_single_file_is_never_taken_for_the_folder_it_lies_in(in_parent: bool) -> None:
    async with an_account() as (pm, provider, _):
        pm.habits.single_in_parent = in_parent
        pm.uploads("holiday.mkv")
        pm.knows(SINTEL)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.name, [file.path for file in item.files or ()]) == (SINTEL.name, [SINTEL.name])


@pytest.mark.parametrize(("release", "wanted"), [(SINTEL, 1), (SHOW, 3)], ids=["file", "folder"])
async def test_a_transfer_that_shows_the_root_means_what_is_called_so_in_it(
    release: Release, wanted: int
) -> None:
    async with an_account() as (pm, provider, _):
        pm.uploads("holiday.mkv")
        pm.knows(release, profile="misplaced")

        item = await provider.submit(source_of(release), VIDEO)

        assert item.name == release.name
        assert [file.path for file in item.files or ()] == list(release.files)[:wanted]


async def test_a_root_with_nothing_called_so_holds_nothing_of_ours() -> None:
    async with an_account() as (pm, provider, _):
        pm.uploads("holiday.mkv")
        pm.knows(SHOW, profile="misplaced")
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.loses(SHOW.infohash)

        with pytest.raises(Missing):
            await provider.contents(item.id, VIDEO)


async def test_the_folder_of_a_namesake_is_named_as_it_is_shown() -> None:
    async with an_account() as (pm, provider, _):
        pm.drive.make_folder(SHOW.name, pm.drive.root)
        pm.knows(SHOW)

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert item.name == f"{SHOW.name} (1)"


async def test_an_odd_file_spoils_no_other() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        content = [None, {"id": 5}, {"id": "F", "name": "A.mkv", "size": None, "link": "https://x.invalid/"}]
        pm.fault("GET /folder/list", status=200, body={"name": "S", "parent_id": "P", "content": content})

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert [(file.path, file.size) for file in item.files or ()] == [("A.mkv", 0)]


async def test_folders_that_lie_in_themselves_are_read_once() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        loop = {"id": "L", "name": "Loop", "type": "folder"}
        film = {"id": "F", "name": "A.mkv", "link": "https://x.invalid/"}
        body = {"name": "S", "parent_id": "P", "content": [loop, film]}
        pm.fault("GET /folder/list", status=200, body=body, times=None)

        item = await provider.submit(source_of(SHOW), VIDEO)

        assert [file.path for file in item.files or ()] == ["A.mkv", "Loop/A.mkv"]


async def test_more_folders_than_a_torrent_has_are_not_read() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        folders = [{"id": str(number), "name": str(number), "type": "folder"} for number in range(250)]
        body = {"name": "S", "parent_id": "P", "content": folders}
        pm.fault("GET /folder/list", status=200, body=body, times=None)

        item = await provider.submit(source_of(SHOW), VIDEO)
        with pytest.raises(Unreachable, match="more folders"):
            await provider.contents(item.id, VIDEO)


async def test_files_that_have_no_links_yet_are_waited_for() -> None:
    clock = SharedClock()
    service = Premiumize(clock=clock.theirs, links_lag=20)
    async with an_account(service, clock=clock) as (pm, provider, _):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        with pytest.raises(Busy) as caught:
            await provider.contents(item.id, VIDEO)
        clock.advance(timedelta(seconds=20))

        complete = await provider.contents(item.id, VIDEO)

        assert (item.state, item.files, caught.value.retry_after) == (ItemState.DONE, None, 5)
        assert len(complete.files or ()) == 3


async def test_a_transfer_whose_files_settle_is_adopted_as_it_is() -> None:
    clock = SharedClock()
    service = Premiumize(clock=clock.theirs, links_lag=20)
    async with an_account(service, clock=clock) as (pm, provider, _):
        pm.knows(SHOW)
        first = await provider.submit(source_of(SHOW), VIDEO)

        again = await provider.submit(source_of(SHOW), VIDEO)

        assert (again.id, again.state, again.files) == (first.id, ItemState.DONE, None)


async def test_links_that_listings_never_show_may_be_there_all_the_same() -> None:
    async with an_account() as (pm, provider, clock):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        clock.advance(LONG)
        content = [{"id": file.id, "name": file.path, "size": file.size} for file in item.files or ()]
        body = {"name": SHOW.name, "parent_id": "P", "content": content}
        pm.fault("GET /folder/list", status=200, body=body)

        assert (await provider.contents(item.id, VIDEO)).files == item.files


@pytest.mark.parametrize(("profile", "patience"), [("hollow", LONG), ("placeless", timedelta(minutes=1))])
async def test_a_transfer_that_stays_without_files_is_missing_in_the_end(
    profile: str, patience: timedelta
) -> None:
    async with an_account() as (pm, provider, clock):
        pm.uploads("holiday.mkv")
        pm.knows(SHOW, profile=profile)  # type: ignore[arg-type]
        item = await provider.submit(source_of(SHOW), EVERYTHING)
        with pytest.raises(Busy):
            await provider.contents(item.id, EVERYTHING)
        clock.advance(patience)

        with pytest.raises(Missing):
            await provider.contents(item.id, EVERYTHING)

        assert item.files is None


async def test_files_without_links_for_want_of_points_are_not_lost() -> None:
    async with an_account() as (pm, provider, clock):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.exhausts()
        pm.expire_links()
        clock.advance(LONG)

        with pytest.raises(Busy, match="account_limit_reached"):
            await provider.contents(item.id, VIDEO)


@pytest.mark.parametrize("release", [SINTEL, SHOW], ids=["file", "folder"])
async def test_files_deleted_behind_our_back_are_missing_at_once(release: Release) -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(release)
        item = await provider.submit(source_of(release), VIDEO)
        pm.loses(release.infohash)

        with pytest.raises(Missing):
            await provider.contents(item.id, VIDEO)


async def test_files_outlive_a_list_that_somebody_tidied_up() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.clears(SHOW.infohash)
        await provider.items()

        assert await provider.contents(item.id, VIDEO) == item


async def test_a_folder_emptied_after_its_transfer_was_cleared_is_missing() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.clears(SHOW.infohash)
        await provider.items()
        pm.drive.files.clear()

        with pytest.raises(Missing):
            await provider.contents(item.id, VIDEO)


async def test_after_a_restart_a_finished_transfer_is_found_by_its_id() -> None:
    async with an_account() as (pm, provider, clock):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)

        async with restarted(pm, clock) as again:
            found = await again.contents(item.id, VIDEO)

        assert (found.name, found.files, found.infohash) == (item.name, item.files, "")


async def test_each_torrent_gets_the_files_it_wants_of_one_transfer() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)

        everything = await provider.contents(item.id, EVERYTHING)

        assert (len(item.files or ()), len(everything.files or ())) == (3, 5)
        assert everything.size == item.size == SHOW.size


async def test_a_failed_transfer_has_no_contents() -> None:
    async with an_account(Premiumize("manual")) as (pm, provider, _):
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.advance(SHOW.infohash, "error", message="broken")

        with pytest.raises(Missing, match="broken"):
            await provider.contents(item.id, VIDEO)


async def test_a_virus_in_a_wanted_file_refuses_the_torrent() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.infects(SHOW.infohash)

        for verb in (provider.contents(item.id, VIDEO), provider.link((item.files or ())[0])):
            with pytest.raises(Refusal, match="virus") as caught:
                await verb
            assert caught.value.reason is Reason.FILTERED_BY_PROVIDER


# Links


async def test_a_link_is_minted_for_each_asking_and_works_byte_for_byte() -> None:
    async with an_account() as (pm, provider, _), aiohttp.ClientSession() as session:
        pm.knows(ALBUM)
        item = await provider.submit(source_of(ALBUM), EVERYTHING)
        [file, *_] = item.files or ()
        old = await provider.link(file)
        pm.expire_links()
        new = await provider.link(file)

        async with session.get(URL(old.url, encoded=True)) as first:
            assert first.status == 403
        async with session.get(URL(new.url, encoded=True)) as second:
            assert await second.read() == ALBUM.read(file.path)
        assert (new.size, new.connections) == (file.size, 4)


def test_an_item_of_the_drive_shows_no_link() -> None:
    node = Node(id="F", name="S.mkv", link="https://x.invalid/secret")

    assert repr(node) == "Node('S.mkv', 0 bytes)"


async def test_a_link_to_another_size_is_missing() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        body = {"id": "F", "name": "S.mkv", "size": "7", "link": "https://x.invalid/"}
        pm.fault("GET /item/details", status=200, body=body)

        with pytest.raises(Missing, match="7 bytes"):
            await provider.link((item.files or ())[0])


@pytest.mark.parametrize(
    ("code", "kind"), [("not_found", Missing), ("permanent_error", Refusal), ("permission_denied", Refusal)]
)
async def test_a_link_that_is_not_given_says_why(code: str, kind: type[Exception]) -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        pm.refuses(SINTEL.infohash, code, at="link")

        with pytest.raises(kind):
            await provider.link((item.files or ())[0])


async def test_a_file_that_only_this_torrent_may_not_have_refuses_it() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)
        pm.refuses(SINTEL.infohash, "permission_denied", at="link")

        with pytest.raises(Refusal):
            await provider.submit(source_of(SINTEL), VIDEO)

        assert (pm.items(), pm.stored()) == ([], [])


async def test_a_link_that_is_not_there_yet_is_waited_for() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        pm.fault("GET /item/details", status=200, body={"id": "F", "name": "S.mkv", "link": None})

        with pytest.raises(Busy):
            await provider.link((item.files or ())[0])


async def test_no_points_for_a_link_keep_new_torrents_out() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)
        item = await provider.submit(source_of(SINTEL), VIDEO)
        pm.exhausts()

        with pytest.raises(Busy):
            await provider.link((item.files or ())[0])
        with pytest.raises(Busy):
            await provider.submit(source_of(SHOW), VIDEO)

        assert pm.calls("POST /transfer/create") == 1
