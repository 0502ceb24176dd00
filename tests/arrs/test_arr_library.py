"""What every Arr adapter promises about the library and its repair, whichever Arr it speaks to."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from compat.content import ALBUM, SHOW, SINTEL, Release
from compat.emulators.arr import Arr as Emulator
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_shelf import MediaFile
from compat.emulators.bench import Bench
from compat.emulators.sonarr import SONARR_V3, SONARR_V5
from compat.emulators.whisparr import WHISPARR_V3
from qbitproxy.arrs import ARRS
from qbitproxy.core.calls import Purpose
from qbitproxy.core.faults import Denied, Missing, Unreachable
from qbitproxy.core.library_files import LibraryFile, Monitored
from qbitproxy.core.ports import Arr, ArrSpec
from qbitproxy.http import connect
from qbitproxy.settings import Secret
from tests.arrs.ground import connected, emulator_of
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent
from tests.support import ManualClock

FLAVOURS = {"sonarr 3": SONARR_V3, "sonarr 5": SONARR_V5, "whisparr 3": WHISPARR_V3}
SECRET = "a-fake-webhook-secret"


@pytest.fixture(params=[*sorted(ARRS), *FLAVOURS])
def played(request: pytest.FixtureRequest) -> str:
    """Every Arr, also in the releases that differ in what repair works with."""
    name: str = request.param
    return name


@pytest.fixture
def spec(played: str) -> ArrSpec:
    return ARRS[played.partition(" ")[0]]


@pytest.fixture
async def service(
    played: str, spec: ArrSpec, tmp_path: Path, qbit: FakeQbittorrent
) -> AsyncIterator[Emulator]:
    options = {"flavour": FLAVOURS[played]} if played in FLAVOURS else {}
    async with emulator_of(spec)(tmp_path / "library", **options) as running:
        running.uses(qbit.address, USERNAME, PASSWORD)
        yield running


def shelve(service: Emulator, title: str, count: int = 1, release: Release | None = None) -> list[MediaFile]:
    """Have small files in the library, as if `release` had brought them."""
    folder = service.root / title
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.mkv" for number in range(1, count + 1)]
    for number, path in enumerate(paths, start=1):
        path.write_bytes(b"x" * number)
    offer = None
    if release:
        files = {path.name: 1 for path in paths}
        offer = Offer(title=release.name, infohash=release.infohash.upper(), files=files)
    return service.holds(title, paths, offer)


async def everything(arr: Arr, media_ids: Sequence[int] = ()) -> list[LibraryFile]:
    """The whole library, page after page."""
    files: list[LibraryFile] = []
    after = ""
    while True:
        page = await arr.library(after, media_ids)
        files += page.files
        after = page.after
        if not after:
            return files


async def the_file(arr: Arr) -> LibraryFile:
    """The only file there is."""
    [file] = await everything(arr)
    return file


def api_calls(service: Bench, ending: str) -> int:
    return sum(request.path.endswith(ending) for request in service.requests)


# Pages


async def test_the_library_is_told_file_by_file(service: Emulator, arr: Arr) -> None:
    per_part = service.flavour.medium.per_part
    kept = [file for title in ("First", "Second") for file in shelve(service, title, 3 if per_part else 1)]

    told = await everything(arr)

    assert [
        (file.arr, file.id, file.media_id, file.path, file.ours, file.size, file.title) for file in told
    ] == [
        ("mine", file.id, file.owner, str(file.path), str(file.path), file.size, file.path.parent.name)
        for file in kept
    ]
    has_parts = bool(service.flavour.medium.part)
    assert [file.parts for file in told] == [
        tuple(file.parts) if has_parts else (file.owner,) for file in kept
    ]
    assert {file.season for file in told} == {1 if per_part else None}


async def test_several_files_may_belong_to_one_part(service: Emulator, arr: Arr) -> None:
    if service.flavour.medium.per_part or not service.flavour.medium.part:
        pytest.skip("an Arr with one file for each part")
    first, second = shelve(service, "Album", 2)

    told = await everything(arr)

    assert first.parts == second.parts
    assert [file.parts for file in told] == [tuple(first.parts)] * 2


async def test_a_page_is_small_however_large_the_library(service: Emulator, arr: Arr) -> None:
    for number in range(205):
        shelve(service, f"Title {number}")

    sizes, after = [], ""
    while True:
        page = await arr.library(after)
        sizes.append(len(page.files))
        after = page.after
        if not after:
            break

    assert sum(sizes) == 205
    assert max(sizes) <= 100
    assert api_calls(service, f"/{service.flavour.medium.owner}") == 1


async def test_reading_goes_on_where_it_was_left_after_a_restart(
    spec: ArrSpec, service: Emulator, session: aiohttp.ClientSession, arr: Arr
) -> None:
    for number in range(102):
        shelve(service, f"Title {number}")
    page = await arr.library()

    again = connected(spec, service, session, key=service.api_key)
    rest: list[LibraryFile] = []
    after = page.after
    while after:
        next_page = await again.library(after)
        rest += next_page.files
        after = next_page.after

    seen = [file.id for file in (*page.files, *rest)]
    assert sorted(seen) == sorted(service.shelf.files)
    assert len(seen) == len(set(seen))


async def test_what_is_added_meanwhile_is_seen_once_the_list_is_old(
    spec: ArrSpec, service: Emulator, session: aiohttp.ClientSession
) -> None:
    clock = ManualClock()
    arr = connected(spec, service, session, key=service.api_key, clock=clock)
    for number in range(102):
        shelve(service, f"Title {number}")
    page = await arr.library()

    [late] = shelve(service, "Late")
    clock.advance(timedelta(minutes=11))
    seen: list[int] = []
    while page.after:
        page = await arr.library(page.after)
        seen += [file.id for file in page.files]

    assert seen[-1] == late.id


async def test_whoever_has_no_file_costs_no_call(service: Emulator, arr: Arr) -> None:
    [kept] = shelve(service, "Kept")
    [gone] = shelve(service, "Gone")
    service.shelf.delete(gone)

    assert [file.id for file in await everything(arr)] == [kept.id]

    medium = service.flavour.medium
    assert api_calls(service, f"/{medium.file}") == (0 if medium.owner == "movie" else 1)


async def test_of_chosen_owners_each_is_asked_about_once(service: Emulator, arr: Arr, spec: ArrSpec) -> None:
    chosen = [shelve(service, f"Title {number}")[0].owner for number in range(1, 31)]

    files = await everything(arr, [*chosen, 4711])

    assert sorted(file.media_id for file in files) == sorted(chosen)
    assert len([request for request in service.requests if request.path.endswith(f"/{chosen[0]}")]) == 1


async def test_an_empty_library_is_one_empty_page(service: Emulator, arr: Arr) -> None:
    page = await arr.library()

    assert (page.files, page.after) == ((), "")


async def test_only_the_chosen_are_told_and_the_unknown_left_out(service: Emulator, arr: Arr) -> None:
    kept = [shelve(service, f"Title {number}")[0] for number in range(4)]
    chosen = [kept[2].owner, 4711, kept[0].owner]

    told = await everything(arr, chosen)

    assert [file.id for file in told] == [kept[0].id, kept[2].id]
    assert api_calls(service, f"/{service.flavour.medium.owner}") == 0


CATALOGUES = {"sonarr": "tvdb", "radarr": "tmdb"}
OTHERS = {"sonarr": "tmdb", "radarr": "tvdb"}


async def test_a_title_is_found_by_the_number_of_its_catalogue_alone(
    spec: ArrSpec, service: Emulator, arr: Arr
) -> None:
    shelve(service, "One")
    [wanted] = shelve(service, "Two")
    number, catalogue = 100 + wanted.owner, CATALOGUES.get(spec.name, "")

    found = wanted.owner if catalogue else None
    assert await arr.media_id("", number) == found
    assert await arr.media_id(catalogue or "tvdb", number) == found
    assert await arr.media_id(OTHERS.get(spec.name, "tmdb"), number) is None
    assert await arr.media_id("", 999) is None
    assert await arr.media_id("", 2**40) is None
    assert await arr.media_id("", wanted.owner) is None


async def test_a_title_is_found_by_the_arrs_own_number(service: Emulator, arr: Arr) -> None:
    [wanted] = shelve(service, "One")

    assert await arr.media_id("id", wanted.owner) == wanted.owner
    assert await arr.media_id("id", 999) is None
    assert await arr.media_id("id", 2**40) is None


async def test_an_arr_that_lists_everything_is_not_taken_at_its_first_word(
    spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    async with Bench() as service:
        everything = [{"id": 1, "tvdbId": 5, "tmdbId": 5}, {"id": 2, "tvdbId": 7, "tmdbId": 7}, {"id": 3}]
        service.fault("GET *", status=200, body=everything, times=None)
        arr = connected(spec, service, session, key="x")

        if spec.name in CATALOGUES:
            assert await arr.media_id("", 7) == 2
            assert await arr.media_id("", 9) is None
            assert await arr.media_id("", 0) is None


async def test_paths_are_told_as_we_see_them(
    spec: ArrSpec, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    mappings = {"/srv/other": "/data", "/srv/media": "/data/media"}
    async with emulator_of(spec)(
        tmp_path / "library", sees=[("/data/media", tmp_path / "library")]
    ) as service:
        arr = connected(spec, service, session, key=service.api_key, mappings=mappings)
        shelve(service, "Title")

        file = await the_file(arr)

    assert (file.path, file.ours) == ("/data/media/Title/1.mkv", "/srv/media/Title/1.mkv")


async def test_a_path_that_no_mapping_covers_stays_as_it_is(
    spec: ArrSpec, service: Emulator, session: aiohttp.ClientSession
) -> None:
    arr = connected(spec, service, session, key=service.api_key, mappings={"/srv/media": "/data"})
    [kept] = shelve(service, "Title")

    assert (await the_file(arr)).ours == str(kept.path)


async def test_an_odd_element_costs_itself_alone(spec: ArrSpec, session: aiohttp.ClientSession) -> None:
    odd = {"id": "none"}
    file = {"id": 5, "path": "/m/Title/1.mkv", "size": 1}
    owner = {"id": 7, "title": "Title", "movieFile": file}
    async with Bench() as service:
        service.fault(
            "GET *status", status=200, body={"appName": spec.title, "version": "2.0.0.1"}, times=None
        )
        service.fault("GET *file", status=200, body=[odd, file], times=None)
        service.fault("GET *episode", status=200, body=[odd, {"id": 9, "episodeFileId": 5}], times=None)
        service.fault("GET *", status=200, body=[odd, owner], times=None)

        told = await the_file(connected(spec, service, session, key="x"))

    assert (told.id, told.media_id, told.path) == (5, 7, "/m/Title/1.mkv")


async def test_whoever_went_while_the_library_was_read_is_left_out(
    spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    async with Bench() as service:
        service.fault(
            "GET *status", status=200, body={"appName": spec.title, "version": "2.0.0.1"}, times=None
        )
        service.fault("GET *file", status=404)
        service.fault("GET *", status=200, body=[{"id": 7, "title": "Title"}], times=None)

        page = await connected(spec, service, session, key="x").library()

    assert (page.files, page.after) == ((), "")


async def test_a_release_nobody_knows_is_not_guessed_at(session: aiohttp.ClientSession) -> None:
    async with Bench() as service:
        service.fault("*", status=200, body={"appName": "Whisparr", "version": "9.0"}, times=None)

        with pytest.raises(Unreachable, match=r"Whisparr 9\.0"):
            await connected(ARRS["whisparr"], service, session, key="x").library()


async def test_a_wrong_key_is_denied_by_every_verb(
    spec: ArrSpec, service: Emulator, arr: Arr, session: aiohttp.ClientSession
) -> None:
    shelve(service, "Title", release=SINTEL)
    file = await the_file(arr)
    stranger = connected(spec, service, session, key="wrong-fake-key")

    for verb in (
        stranger.library(),
        stranger.grab_of(file),
        stranger.monitored(file),
        stranger.delete_file(file),
        stranger.block(file),
        stranger.restore(file, Monitored(file.parts)),
        stranger.search([file]),
        stranger.queue(),
        stranger.register_webhook("http://127.0.0.1:1/", SECRET),
        stranger.unregister_webhook(),
    ):
        with pytest.raises(Denied):
            await verb

    assert len(service.shelf.files) == 1


# Deleting


async def test_a_file_is_deleted_its_part_searched_and_monitored_as_before(
    service: Emulator, arr: Arr
) -> None:
    service.shelf.unmonitors = True
    files = shelve(service, "Title", 3 if service.flavour.medium.per_part else 1)
    first = (await everything(arr))[0]

    before = await arr.monitored(first)
    await arr.delete_file(first)
    unmonitored = await arr.monitored(first)
    await arr.restore(first, before)
    await arr.search([first])

    assert before == Monitored(first.parts)
    assert unmonitored == Monitored(())
    assert await arr.monitored(first) == before
    assert [file.id for file in await everything(arr)] == [file.id for file in files[1:]]
    [command] = service.commands.given
    assert list(command.body.values()) == [list(first.parts)]


async def test_what_was_not_monitored_is_not_restored(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title")
    file = await the_file(arr)
    service.shelf.monitor(file.parts, monitored=False)

    await arr.restore(file, await arr.monitored(file))

    assert await arr.monitored(file) == Monitored(())
    assert not any(request.method == "PUT" for request in service.requests)


async def test_what_is_not_there_any_more_keeps_nothing_else_from_being_restored(
    service: Emulator, arr: Arr
) -> None:
    shelve(service, "Title")
    file = await the_file(arr)
    service.shelf.monitor(file.parts, monitored=False)

    await arr.restore(file, Monitored((*file.parts, 4711)))

    assert await arr.monitored(file) == Monitored(file.parts)

    await service.forget(service.shelf.owners[file.media_id], deletes_files=False)
    await arr.restore(file, Monitored(file.parts))


async def test_of_a_title_that_is_gone_nothing_is_monitored(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title")
    file = replace(await the_file(arr), media_id=4711)

    assert await arr.monitored(file) == Monitored(())
    assert await arr.grab_of(file) is None
    await arr.delete_file(file)

    assert len(service.shelf.files) == 1


async def test_the_link_goes_and_what_it_points_at_stays(service: Emulator, arr: Arr, tmp_path: Path) -> None:
    target = tmp_path / "mount" / "film.mkv"
    target.parent.mkdir()
    target.write_bytes(b"film")
    (service.root / "Title").mkdir()
    link = service.root / "Title" / "1.mkv"
    link.symlink_to(target)
    service.holds("Title", [link])

    await arr.delete_file(await the_file(arr))

    assert list(link.parent.iterdir()) == []
    assert target.read_bytes() == b"film"


async def test_a_file_is_deleted_once_however_often_it_is_asked_for(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title")
    file = await the_file(arr)

    await arr.delete_file(file)
    await arr.delete_file(file)

    assert sum(request.method == "DELETE" for request in service.requests) == 1


async def test_a_file_that_goes_while_we_delete_it_is_fine(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title")
    file = await the_file(arr)
    service.fault("DELETE *", status=404, body={"message": "NotFound"})

    await arr.delete_file(file)


async def test_a_file_that_is_another_one_by_now_is_not_deleted(service: Emulator, arr: Arr) -> None:
    [kept] = shelve(service, "Title")
    file = await the_file(arr)

    await service.rename(kept, "renamed.mkv")
    with pytest.raises(Missing, match="not the one"):
        await arr.delete_file(file)
    kept.path, kept.size = Path(file.path), file.size + 1
    with pytest.raises(Missing, match="not the one"):
        await arr.delete_file(file)

    assert list(service.shelf.files) == [kept.id]


async def test_below_an_empty_root_folder_nothing_is_deleted(
    service: Emulator, arr: Arr, tmp_path: Path
) -> None:
    shelve(service, "Title")
    file = await the_file(arr)
    service.root.rename(tmp_path / "away")  # the disk is not mounted
    service.root.mkdir()

    with pytest.raises(Unreachable, match="is empty"):
        await arr.delete_file(file)
    service.root.rmdir()
    with pytest.raises(Unreachable, match="doesn't exist"):
        await arr.delete_file(file)

    assert len(service.shelf.files) == 1


async def test_with_a_recycle_bin_the_file_is_moved(service: Emulator, arr: Arr, tmp_path: Path) -> None:
    service.shelf.recycle_bin = tmp_path / "bin"
    shelve(service, "Title")

    await arr.delete_file(await the_file(arr))

    assert (tmp_path / "bin" / "Title" / "1.mkv").read_bytes() == b"x"


# History


@pytest.mark.parametrize("release", [SINTEL, SHOW, ALBUM], ids=lambda release: release.name)
async def test_the_release_of_a_file_is_found_after_it_is_deleted_too(
    service: Emulator, arr: Arr, release: Release
) -> None:
    shelve(service, "Title", release=release)
    file = await the_file(arr)

    for _ in range(2):
        grab = await arr.grab_of(file)
        assert grab is not None
        assert (grab.infohash, grab.title, grab.failed) == (release.infohash, release.name, False)
        await arr.delete_file(file)


async def test_the_release_of_a_renamed_file_is_found(service: Emulator, arr: Arr) -> None:
    [kept] = shelve(service, "Title", release=SINTEL)
    await service.rename(kept, "2.mkv")
    await service.rename(kept, "3.mkv")

    grab = await arr.grab_of(await the_file(arr))

    assert grab is not None
    assert grab.infohash == SINTEL.infohash


async def test_a_file_that_came_by_hand_has_no_release_to_block(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title")
    file = await the_file(arr)

    assert await arr.grab_of(file) is None
    assert await arr.block(file) is False

    assert service.blocklist == []


async def test_an_earlier_release_is_not_blamed_for_a_later_file(service: Emulator, arr: Arr) -> None:
    if not service.flavour.history_knows_files:
        pytest.skip("its history tells files by their paths alone")
    [old] = shelve(service, "Title", release=SINTEL)
    service.shelf.bring(old.owner, old.parts, old.path, at=1.0)  # a person put another file in its place

    file = max(await everything(arr), key=lambda one: one.id)

    assert file.path == str(old.path)
    assert await arr.grab_of(file) is None


async def test_blocking_marks_the_grab_as_failed_once(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title", release=SINTEL)
    file = await the_file(arr)

    assert await arr.block(file)
    assert await arr.block(file)

    assert [record.infohash.lower() for record in service.blocklist] == [SINTEL.infohash]
    grab = await arr.grab_of(file)
    assert grab is not None
    assert grab.failed


async def test_a_release_that_was_grabbed_again_is_blocked_again(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title", release=SINTEL)
    assert await arr.block(await the_file(arr))
    shelve(service, "Title", release=SINTEL)

    newest = max(await everything(arr), key=lambda file: file.id)
    assert await arr.block(newest)

    assert len(service.blocklist) == 2


async def test_a_history_that_was_cleared_blocks_nothing(service: Emulator, arr: Arr) -> None:
    shelve(service, "Title", release=SINTEL)
    file = await the_file(arr)
    service.fault("POST *", status=404, body={"message": "NotFound"})

    assert await arr.block(file) is False


# Searching


async def test_one_command_looks_for_all_that_was_lost(service: Emulator, arr: Arr) -> None:
    for title in ("First", "Second", "Third"):
        shelve(service, title)
    files = await everything(arr)

    await arr.search([files[2], files[0], files[0]])

    [command] = service.commands.given
    assert command.name.endswith("Search")
    assert list(command.body.values()) == [[*files[0].parts, *files[2].parts]]


async def test_nothing_lost_is_nothing_searched(service: Emulator, arr: Arr) -> None:
    await arr.search([])

    assert service.commands.given == []


# Webhook


async def test_deletions_are_told_to_us_with_the_secret(service: Emulator, arr: Arr) -> None:
    async with Bench() as us:
        us.fault(status=200, times=None)
        await arr.register_webhook(f"{us.origin}/hook", SECRET)
        shelve(service, "Title")
        await arr.delete_file(await the_file(arr))

        told = [json.loads(request.body) for request in us.requests]

    events = [event["eventType"] for event in told]
    word, tells_deletions = service.flavour.medium.file_word, service.flavour.medium.owner != "artist"
    assert events == ["Test"] + [f"{word[0].upper()}{word[1:]}Delete"] * tells_deletions
    login = "Basic " + b64encode(f"qbitproxy:{SECRET}".encode()).decode()
    assert {request.headers["Authorization"] for request in us.requests} == {login}


async def test_a_webhook_is_registered_once_and_its_address_may_change(service: Emulator, arr: Arr) -> None:
    async with Bench() as us:
        us.fault(status=200, times=None)

        await arr.register_webhook(f"{us.origin}/old", "old-secret")
        await arr.register_webhook(f"{us.origin}/new", SECRET)

    [webhook] = service.herald.webhooks
    assert (webhook.url, webhook.password) == (f"{us.origin}/new", SECRET)
    assert "onRename" in webhook.switches


async def test_a_webhook_that_cannot_be_delivered_is_told_with_the_arrs_words(
    service: Emulator, arr: Arr
) -> None:
    async with Bench() as us:
        us.fault(status=503, times=None)

        with pytest.raises(Unreachable, match="test message") as caught:
            await arr.register_webhook(f"{us.origin}/hook", SECRET)

    assert SECRET not in str(caught.value)
    assert service.herald.webhooks == []


async def test_only_our_own_webhook_is_taken_away(
    service: Emulator, arr: Arr, session: aiohttp.ClientSession
) -> None:
    async with Bench() as us:
        us.fault(status=200, times=None)
        await arr.register_webhook(f"{us.origin}/hook", SECRET)
        url = f"{service.url}api/{service.flavour.api}/notification"
        async with session.get(url, headers={"X-Api-Key": service.api_key}) as response:
            [ours] = await response.json()
        body = {key: value for key, value in ours.items() if key != "id"} | {"name": "Somebody else's"}
        async with session.post(url, json=body, headers={"X-Api-Key": service.api_key}) as response:
            assert response.status == 201

        await arr.unregister_webhook()
        await arr.unregister_webhook()

    assert [webhook.name for webhook in service.herald.webhooks] == ["Somebody else's"]


async def test_a_webhook_that_went_meanwhile_is_fine(service: Emulator, arr: Arr) -> None:
    async with Bench() as us:
        us.fault(status=200, times=None)
        await arr.register_webhook(f"{us.origin}/hook", SECRET)
    service.fault("DELETE *", status=404, body={"message": "NotFound"})

    await arr.unregister_webhook()


# Queue


@pytest.mark.parametrize("release", [SINTEL, SHOW], ids=lambda release: release.name)
async def test_a_download_is_one_item_however_many_records_it_has(
    service: Emulator, arr: Arr, release: Release
) -> None:
    await service.grab(release)
    await service.poll()

    [item] = await arr.queue()

    [tracked] = service.queue
    assert (item.infohash, item.title, item.known) == (release.infohash, tracked.title, True)
    assert (item.status, item.health, item.state) == (tracked.status, "ok", tracked.state)
    assert item.size == tracked.size
    assert (item.client, item.category) == ("qBittorrent", service.flavour.category)
    assert (item.added is not None) is service.flavour.medium.dates_downloads
    assert len(item.ids) == len(tracked.parts)


async def test_downloads_for_nobody_and_those_that_wait_are_listed_too(
    service: Emulator, qbit: FakeQbittorrent, arr: Arr
) -> None:
    qbit.rows[SINTEL.infohash] = {
        "hash": SINTEL.infohash, "name": SINTEL.name, "category": service.client.settings.category,
        "size": 1000, "progress": 0.25, "eta": 60, "state": "downloading",
        "save_path": str(qbit.downloads), "content_path": "",
    }  # fmt: skip
    await service.poll()
    service.ledger.pending.append(Offer.of(SHOW))

    items = await arr.queue()

    assert {(item.infohash, item.known) for item in items} == {(SINTEL.infohash, False), ("", False)}


async def test_what_is_wrong_is_told_once(spec: ArrSpec, session: aiohttp.ClientSession) -> None:
    said = [{"title": "1.mkv", "messages": ["Sample", "Sample"]}, {"title": "No words of its own"}]
    record = {
        "downloadId": "A" * 40, "title": "Show", "status": "completed", "size": 12.0,
        "trackedDownloadState": "importBlocked", "statusMessages": said, "errorMessage": "Odd",
        "outputPath": "/downloads/Show", "added": "2026-08-01T10:00:00.1234567Z",
    }  # fmt: skip
    records = [
        record | {"id": 1, "trackedDownloadStatus": "warning", "episodeId": 3},
        record | {"id": 2, "trackedDownloadStatus": "error", "seriesId": 5},
        record | {"id": 1, "trackedDownloadStatus": "warning"},
        {"id": "odd"},
    ]
    async with Bench() as service:
        service.fault("GET *queue", status=200, body={"totalRecords": 4, "records": records}, times=None)
        service.fault("GET *", status=200, body=[{"name": 5}], times=None)

        [item] = await connected(spec, service, session, key="x").queue()

    assert item.ids == (1, 2)
    assert (item.health, item.state, item.path, item.size) == (
        "error",
        "importBlocked",
        "/downloads/Show",
        12,
    )
    assert item.messages == ("Sample", "No words of its own", "Odd")


async def test_the_same_download_of_two_clients_is_two_items(
    spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    records = [
        {"id": number, "downloadId": "A" * 40, "downloadClient": f"client {number}"} for number in (1, 2)
    ]
    fields = [{"name": "tvImportedCategory", "value": "done"}, {"name": "tvCategory", "value": "tv"}]
    clients = [{"name": "client 1", "fields": fields}, {"name": "client 2", "fields": [{"name": "host"}]}]
    async with Bench() as service:
        service.fault("GET *queue", status=200, body={"totalRecords": 2, "records": records})
        service.fault("GET *", status=200, body=clients)

        items = await connected(spec, service, session, key="x").queue()

    assert [(item.client, item.category) for item in items] == [("client 1", "tv"), ("client 2", "")]


async def test_every_page_of_the_queue_is_read(spec: ArrSpec, session: aiohttp.ClientSession) -> None:
    async with Bench() as service:
        for page in (1, 2):
            body = {"totalRecords": 1001, "records": [{"id": page, "downloadId": str(page) * 40}]}
            service.fault("GET *queue", status=200, body=body)
        service.fault("GET *", status=200, body=[])

        items = await connected(spec, service, session, key="x").queue()

    assert [item.infohash for item in items] == ["1" * 40, "2" * 40]


@pytest.mark.parametrize(("blocklist", "search"), [(True, True), (True, False), (False, False)])
async def test_an_item_leaves_the_queue_as_it_is_asked_to(
    service: Emulator, qbit: FakeQbittorrent, arr: Arr, blocklist: bool, search: bool
) -> None:
    await service.grab(SHOW)
    await service.poll()
    [item] = await arr.queue()

    await arr.remove_from_queue(item, blocklist=blocklist, search=search)

    assert service.queue == []
    assert len(service.blocklist) == blocklist
    assert service.ledger.searches == ([SHOW.name] if search else [])
    assert [form["deleteFiles"] for form in qbit.told("delete")] == ["true"]


async def test_an_item_that_left_the_queue_meanwhile_is_fine(service: Emulator, arr: Arr) -> None:
    await service.grab(SHOW)
    await service.poll()
    [item] = await arr.queue()
    await arr.remove_from_queue(item, blocklist=True, search=True)

    await arr.remove_from_queue(item, blocklist=True, search=True)

    assert len(service.blocklist) == 1


async def test_a_download_of_which_one_record_left_is_removed_all_the_same(
    service: Emulator, arr: Arr
) -> None:
    await service.grab(SHOW)
    await service.poll()
    [item] = await arr.queue()

    await arr.remove_from_queue(replace(item, ids=(4711, *item.ids)), blocklist=False, search=False)

    assert service.queue == []


# Manners


async def test_repair_is_asked_for_in_the_background(
    spec: ArrSpec, service: Emulator, session: aiohttp.ClientSession
) -> None:
    http = connect(spec.http, "mine", service.url, Secret(service.api_key), session, ManualClock())
    arr = spec.connect(http, "mine", {})
    shelve(service, "Title", release=SINTEL)

    file = await the_file(arr)
    opened = http.use().get(Purpose.ADD)  # proving the kind of Arr, where that has to be
    await arr.restore(file, await arr.monitored(file))
    await arr.delete_file(file)
    await arr.block(file)
    await arr.search([file])
    await arr.queue()

    assert http.use().get(Purpose.ADD) == opened
    assert http.use()[Purpose.REPAIR].calls >= 8
