"""Content downloaded from a server that keeps or breaks its word."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from aiohttp import web
from msgspec.structs import replace

from compat.content import Release
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import Link
from qbitproxy.core.torrent import FileWish, Layout, RemoteFile, Torrent
from qbitproxy.files import Disk, DiskProblem, download_rules
from qbitproxy.files.download import DownloadRules
from qbitproxy.files.staging import Modes, Staging
from tests.files.ground import (
    BUNNY,
    KIB,
    SEASON,
    Cdn,
    Fault,
    a_torrent,
    answers,
    beside,
    endless,
    everything,
    half,
    holds,
    of_untold_length,
    placing,
    settings,
    silent,
    stalled,
    unended,
    whole,
    zero_bytes,
)
from tests.support import DEADLINE, EagerClock

Serving = Callable[[Release], Awaitable[Cdn]]

TWINS = Release("Twins", {"one.mkv": 200 * KIB, "two.mkv": 200 * KIB}, piece_length=64 * KIB)
SWAPPED = (FileWish(path="one.mkv", place="two.mkv"), FileWish(path="two.mkv", place="one.mkv"))

RULES = DownloadRules(segment=64 * KIB, stall=timedelta(seconds=10), attempts=3)


@pytest.fixture
def disk(root: Path) -> Disk:
    return Disk(settings(root), RULES)


async def bring(disk: Disk, torrent: Torrent, cdn: Cdn) -> Path:
    async with asyncio.timeout(DEADLINE):
        return await disk.place_download(torrent, placing(cdn.release), cdn.link, lambda done: None)


async def test_files_arrive_true_to_the_byte(disk: Disk, root: Path, serving: Serving) -> None:
    cdn, told = await serving(SEASON), list[int]()
    torrent = a_torrent(SEASON, root / "sonarr")

    content = await disk.place_download(torrent, placing(SEASON), cdn.link, told.append)

    assert content == root / "sonarr" / SEASON.name
    assert holds(content, SEASON)
    assert beside(root / "sonarr") == [SEASON.name]
    assert told[0] == 0
    assert told[-1] == SEASON.size
    assert told == sorted(told)


async def test_a_file_comes_in_parallel_ranges(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)

    await bring(disk, a_torrent(BUNNY, root), cdn)

    size = BUNNY.size
    ranges = sorted((start, end) for _, start, end in cdn.requests)
    assert ranges == [(at, min(at + 64 * KIB, size)) for at in range(0, size, 64 * KIB)]
    assert len(cdn.links) == 1


async def test_no_more_connections_than_the_service_allows(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.connections = 1

    await bring(disk, a_torrent(BUNNY, root), cdn)

    assert [start for _, start, _ in cdn.requests] == sorted(start for _, start, _ in cdn.requests)


@pytest.mark.parametrize(
    ("written", "sent"),
    [("Film%20%282008%29%26.mkv", "Film%20%282008%29%26.mkv"), ("Film (8)", "Film%20(8)")],
)
async def test_an_address_is_asked_for_as_it_was_handed_out(
    disk: Disk, root: Path, serving: Serving, written: str, sent: str
) -> None:
    film = Release("Film", {unquote(written): 1000})
    cdn = await serving(film)

    async def link(file: RemoteFile) -> Link:
        return Link(url=f"{cdn.url}1/{written}", size=file.size)

    async with asyncio.timeout(DEADLINE):
        await disk.place_download(a_torrent(film, root), placing(film), link, lambda done: None)

    assert cdn.targets == [f"/1/{sent}"]


async def test_nothing_is_seen_before_every_file_is_whole(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(SEASON)
    seen: list[list[str]] = []

    await disk.place_download(
        a_torrent(SEASON, root), placing(SEASON), cdn.link, lambda done: seen.append(beside(root))
    )

    assert all(name.startswith(".qbitproxy-1-") for names in seen for name in names)


async def interrupted(disk: Disk, torrent: Torrent, cdn: Cdn) -> int:
    """Begin a download, stop it once its first pieces are down; return how many bytes are kept."""
    cdn.connections = 1
    cdn.faults.extend([None, None, silent])
    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        task = group.create_task(bring(disk, torrent, cdn))
        while cdn.faults:
            await asyncio.to_thread(lambda: None)
        task.cancel()
    kept = cdn.requests[-1][1]
    cdn.requests.clear()
    return kept


async def test_an_interrupted_download_goes_on_where_it_was(root: Path, serving: Serving) -> None:
    cdn, torrent = await serving(BUNNY), a_torrent(BUNNY, root)
    kept = await interrupted(Disk(settings(root), RULES), torrent, cdn)
    told: list[int] = []

    content = await Disk(settings(root), RULES).place_download(torrent, placing(BUNNY), cdn.link, told.append)

    assert holds(content, BUNNY)
    assert kept == told[0] == 128 * KIB
    assert min(start for _, start, _ in cdn.requests) == kept
    assert sum(end - start for _, start, end in cdn.requests) == BUNNY.size - kept


async def test_two_torrents_of_one_name_never_mix(disk: Disk, root: Path, serving: Serving) -> None:
    cdn, other = await serving(BUNNY), await serving(SEASON)
    await interrupted(disk, a_torrent(BUNNY, root), cdn)

    second = await bring(disk, a_torrent(SEASON, root, 2, name=BUNNY.name), other)
    first = await bring(disk, a_torrent(BUNNY, root, 1), cdn)

    assert holds(first, BUNNY)
    assert holds(second, SEASON)
    assert {first.name, second.name} == {"Big.Buck.Bunny.2008.1080p", "Big.Buck.Bunny.2008.1080p (2)"}


async def test_a_crash_after_the_move_downloads_nothing_again(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn, torrent = await serving(SEASON), a_torrent(SEASON, root)
    first = await bring(disk, torrent, cdn)
    Staging(Modes()).notes(torrent)  # killed before they went
    cdn.requests.clear()

    assert await bring(Disk(settings(root), RULES), torrent, cdn) == first
    assert cdn.requests == []
    assert beside(root) == [SEASON.name]


async def test_content_that_was_spoiled_is_downloaded_again(disk: Disk, root: Path, serving: Serving) -> None:
    cdn, torrent = await serving(SEASON), a_torrent(SEASON, root)
    content = await bring(disk, torrent, cdn)
    os.truncate(content / "Caminandes.S01E01.mkv", 5)

    assert holds(await bring(disk, torrent, cdn), SEASON)
    assert beside(root) == [SEASON.name]


async def test_what_an_earlier_choice_of_files_left_behind_goes(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn, torrent = await serving(BUNNY), a_torrent(BUNNY, root)
    await interrupted(disk, torrent, cdn)
    stage = next(root / name for name in beside(root) if name.endswith("-new"))
    (stage / "unwanted.mkv").touch()
    (stage / "link.mkv").symlink_to(stage)

    assert holds(await bring(disk, torrent, cdn), BUNNY)


async def test_a_file_that_takes_anothers_name_midway_takes_none_of_its_bytes(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn, torrent = await serving(TWINS), a_torrent(TWINS, root)
    await interrupted(disk, torrent, cdn)

    content = await bring(disk, replace(torrent, layout=Layout(files=SWAPPED, revision=2)), cdn)

    assert (content / "two.mkv").read_bytes() == TWINS.read("one.mkv")
    assert (content / "one.mkv").read_bytes() == TWINS.read("two.mkv")


async def test_a_file_that_takes_anothers_name_after_a_crash_takes_none_of_its_bytes(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn, torrent = await serving(TWINS), a_torrent(TWINS, root)
    await bring(disk, torrent, cdn)  # and killed before that was written down

    content = await bring(disk, replace(torrent, layout=Layout(files=SWAPPED, revision=2)), cdn)

    assert (content / "two.mkv").read_bytes() == TWINS.read("one.mkv")
    assert (content / "one.mkv").read_bytes() == TWINS.read("two.mkv")


async def test_a_file_may_take_the_name_of_the_folder_that_it_began_in(
    disk: Disk, root: Path, serving: Serving
) -> None:
    film = Release("Film", {"disc/film.mkv": 300 * KIB}, piece_length=64 * KIB)
    cdn, torrent = await serving(film), a_torrent(film, root)
    await interrupted(disk, torrent, cdn)
    wished = (FileWish(path="disc/film.mkv", place="disc"),)

    content = await bring(disk, replace(torrent, layout=Layout(files=wished, revision=1)), cdn)

    assert (content / "disc").read_bytes() == film.read("disc/film.mkv")


@pytest.mark.parametrize("fault", [zero_bytes, half], ids=["206 with zero bytes", "short body"])
async def test_a_broken_answer_is_asked_for_again(
    fault: Fault, disk: Disk, root: Path, serving: Serving
) -> None:
    cdn = await serving(BUNNY)
    cdn.faults.extend([fault, fault])

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)
    assert len(cdn.links) == 1


@pytest.mark.parametrize("fault", [stalled, silent], ids=["mid-body", "no answer"])
async def test_a_stalled_read_ends_at_its_deadline(fault: Fault, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.faults.append(fault)
    disk = Disk(settings(root), replace(RULES, stall=timedelta(milliseconds=100)))

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)


async def test_a_server_that_only_sends_zero_bytes_is_given_up_for_now(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn = await serving(BUNNY)
    cdn.always = zero_bytes

    with pytest.raises(Unreachable, match="ended early") as caught:
        await bring(disk, a_torrent(BUNNY, root), cdn)

    assert caught.value.owner == "realdebrid"
    assert "http" not in str(caught.value)
    assert all(name.startswith(".") for name in beside(root))


async def test_what_arrived_before_a_server_was_given_up_is_kept(root: Path, serving: Serving) -> None:
    cdn, torrent = await serving(BUNNY), a_torrent(BUNNY, root)
    cdn.connections = 1
    cdn.faults.extend([half, zero_bytes, zero_bytes, zero_bytes])
    with pytest.raises(Unreachable):
        await bring(Disk(settings(root), RULES), torrent, cdn)
    cdn.requests.clear()

    assert holds(await bring(Disk(settings(root), RULES), torrent, cdn), BUNNY)
    assert min(start for _, start, _ in cdn.requests) == 32 * KIB


async def test_a_server_that_ignores_ranges_still_delivers(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.always = whole(BUNNY)

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)


async def test_a_server_that_ignores_ranges_and_breaks_off_begins_anew(root: Path, serving: Serving) -> None:
    cdn, told = await serving(BUNNY), list[int]()
    cdn.always = whole(BUNNY)
    cdn.connections = 1
    cdn.faults.extend([whole(BUNNY), half, zero_bytes])

    content = await Disk(settings(root), RULES).place_download(
        a_torrent(BUNNY, root), placing(BUNNY), cdn.link, told.append
    )

    assert holds(content, BUNNY)
    assert told[-1] == BUNNY.size


async def test_a_server_that_never_sends_the_whole_file_is_given_up_for_now(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn = await serving(BUNNY)
    cdn.always = zero_bytes
    cdn.faults.append(whole(BUNNY))

    with pytest.raises(Unreachable):
        await bring(disk, a_torrent(BUNNY, root), cdn)


async def test_an_expired_link_is_renewed_once(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.expired = {"1"}

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)
    assert len(cdn.links) == 2


async def test_a_fresh_link_is_given_time_to_settle(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.connections, cdn.settling = 1, 2.0
    cdn.faults.extend([answers(400), answers(400)])

    content = await bring(disk, a_torrent(BUNNY, root / "radarr"), cdn)

    assert holds(content, BUNNY)
    assert len(cdn.links) == 1


async def test_a_link_that_never_settles_is_renewed_once(root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.connections, cdn.settling, cdn.always = 1, 0.5, answers(400)

    with pytest.raises(Unreachable, match="400"):
        await bring(Disk(settings(root), RULES), a_torrent(BUNNY, root / "radarr"), cdn)

    assert len(cdn.links) == 2


async def test_a_link_that_expires_midway_is_renewed(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.connections = 1
    cdn.faults.extend([None, answers(403), None, answers(404), None])

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)
    assert len(cdn.links) == 3


@pytest.mark.parametrize(
    ("status", "fault"),
    [(404, Missing), (410, Missing), (416, Missing), (403, Unreachable), (503, Unreachable)],
)
async def test_a_link_that_stays_bad_says_what_to_do_next(
    status: int, fault: type[Exception], disk: Disk, root: Path, serving: Serving
) -> None:
    cdn = await serving(BUNNY)
    cdn.always = answers(status)

    with pytest.raises(fault, match=str(status)):
        await bring(disk, a_torrent(BUNNY, root), cdn)

    assert len(cdn.links) == 2


@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("soon", None)])
async def test_too_many_downloads_wait_as_long_as_the_server_says(
    header: str, wait: float | None, disk: Disk, root: Path, serving: Serving
) -> None:
    cdn = await serving(BUNNY)
    cdn.always = answers(429, Retry_After=header)

    with pytest.raises(Busy) as caught:
        await bring(disk, a_torrent(BUNNY, root), cdn)

    assert caught.value.retry_after == wait


async def test_what_came_of_one_file_is_kept_when_another_is_one_download_too_many(
    root: Path, serving: Serving
) -> None:
    cdn, torrent, half_there = await serving(SEASON), a_torrent(SEASON, root), asyncio.Event()
    first = "Caminandes.S01E01.mkv"
    disk = Disk(settings(root), replace(RULES, segment=SEASON.size))

    async def one_too_many(request: web.Request, body: bytes) -> web.StreamResponse:
        if request.match_info["path"] == first:
            return await stalled(request, body)
        await half_there.wait()
        return web.Response(status=429)

    def has_begun() -> bool:
        return any(path.read_bytes()[:9] == SEASON.read(first)[:9] for path in root.rglob(first))

    async def watch() -> None:
        while not await asyncio.to_thread(has_begun):
            pass
        half_there.set()

    cdn.always = one_too_many
    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        group.create_task(watch())
        with pytest.raises(Busy):
            await bring(disk, torrent, cdn)
    cdn.always = None
    cdn.requests.clear()

    assert holds(await bring(disk, torrent, cdn), SEASON)
    assert all(start > 0 for path, start, _ in cdn.requests if path == first)


@pytest.mark.parametrize(
    "lie",
    [
        answers(206, b"x" * (64 * KIB), Content_Range=f"bytes 0-{64 * KIB - 1}/999"),
        answers(206, b"x" * (64 * KIB), Content_Range="bytes 5-9/*"),
        answers(206, b"x" * (64 * KIB)),
    ],
    ids=["another size", "another range", "no range"],
)
async def test_a_file_that_is_not_what_was_promised_is_not_taken(
    lie: Fault, disk: Disk, root: Path, serving: Serving
) -> None:
    cdn = await serving(BUNNY)
    cdn.always = lie

    with pytest.raises((Missing, Unreachable)):
        await bring(disk, a_torrent(BUNNY, root), cdn)

    assert all(name.startswith(".") for name in beside(root))


async def test_a_film_of_which_nobody_says_how_large_it_is_is_not_placed_empty(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn = await serving(BUNNY)
    phase = replace(placing(BUNNY), files=(RemoteFile(id="0", path=BUNNY.name, size=0),))

    with pytest.raises(Missing, match="how large"):
        await disk.place_download(a_torrent(BUNNY, root), phase, cdn.link, lambda done: None)

    assert not await asyncio.to_thread(root.exists)


async def test_a_web_page_is_not_taken_for_a_file(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.always = answers(200, b"<html>Your link has expired</html>")

    with pytest.raises(Missing, match=f"34 bytes instead of {BUNNY.size}"):
        await bring(disk, a_torrent(BUNNY, root), cdn)


@pytest.mark.parametrize("segment", [64 * KIB, BUNNY.size], ids=["of many pieces", "of one piece"])
async def test_a_page_of_untold_length_is_never_the_beginning_of_a_file(
    segment: int, root: Path, serving: Serving
) -> None:
    cdn, torrent = await serving(BUNNY), a_torrent(BUNNY, root)
    cdn.always = of_untold_length(b"<html>Back in a minute</html>")
    disk = Disk(settings(root), replace(RULES, segment=segment))
    with pytest.raises(Unreachable):
        await bring(disk, torrent, cdn)
    cdn.always = None

    assert holds(await bring(disk, torrent, cdn), BUNNY)


async def test_a_file_that_a_server_compresses_all_the_same_begins_anew(root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.faults.append(of_untold_length(b"\x1f\x8b" * KIB, Content_Encoding="gzip"))
    disk = Disk(settings(root), replace(RULES, segment=BUNNY.size))

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)


async def test_a_whole_file_that_turns_out_longer_is_not_taken(root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    phase = replace(placing(BUNNY), files=(RemoteFile(id="0", path=BUNNY.name, size=100),))
    cdn.always = endless

    with pytest.raises(Missing, match="more than 100 bytes"):
        await Disk(settings(root), RULES).place_download(
            a_torrent(BUNNY, root), phase, cdn.link, lambda done: None
        )


async def test_a_whole_file_that_never_ends_does_not_hang_us(root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    cdn.always = unended
    rules = replace(RULES, segment=BUNNY.size, stall=timedelta(milliseconds=100))

    assert holds(await bring(Disk(settings(root), rules), a_torrent(BUNNY, root), cdn), BUNNY)


async def test_a_refusal_to_give_a_link_is_the_providers_word(disk: Disk, root: Path) -> None:
    async def refuses(file: RemoteFile) -> Link:
        raise Refusal("realdebrid", "infringing_file", reason=Reason.FILTERED_BY_PROVIDER)

    with pytest.raises(Refusal, match="infringing_file"):
        await disk.place_download(a_torrent(BUNNY, root), placing(BUNNY), refuses, lambda done: None)


async def test_a_server_that_is_not_there_is_unreachable(disk: Disk, root: Path) -> None:
    async def nowhere(file: RemoteFile) -> Link:
        return Link(url="http://127.0.0.1:1/token/film.mkv", size=file.size)

    with pytest.raises(Unreachable) as caught:
        await disk.place_download(a_torrent(BUNNY, root), placing(BUNNY), nowhere, lambda done: None)

    assert "token" not in str(caught.value)


async def test_a_download_that_would_fill_the_disk_is_not_begun(root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    disk = Disk(settings(root, keep_free=shutil.disk_usage(root.parent).total), RULES)

    with pytest.raises(DiskProblem, match=r"0\.3 MB are needed.*keep_free") as caught:
        await bring(disk, a_torrent(BUNNY, root), cdn)

    assert caught.value.detail.startswith(str(root))
    assert cdn.requests == []


async def test_a_disk_that_is_gone_when_its_room_is_asked_for_is_a_persons_to_mend(root: Path) -> None:
    with pytest.raises(DiskProblem, match="No such file"):
        Disk(settings(root))._check_room(root / "gone", 1)


async def test_space_promised_to_one_download_is_not_promised_to_another(
    root: Path, serving: Serving
) -> None:
    cdn, size = await serving(BUNNY), 1 << 40
    cdn.always = silent
    phase = replace(placing(BUNNY), files=(RemoteFile(id="0", path=BUNNY.name, size=size),))
    enough_for_one = shutil.disk_usage(root.parent).free - size - size // 2
    disk = Disk(settings(root, keep_free=enough_for_one), replace(RULES, segment=size // 8))

    async def download(torrent_id: int) -> None:
        await disk.place_download(a_torrent(BUNNY, root, torrent_id), phase, cdn.link, lambda done: None)

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        first = group.create_task(download(1))
        while not cdn.requests:
            await asyncio.to_thread(lambda: None)

        with pytest.raises(DiskProblem, match="only"):
            await download(2)
        first.cancel()


async def test_a_save_path_that_is_a_file_is_explained(disk: Disk, root: Path, serving: Serving) -> None:
    cdn = await serving(BUNNY)
    await asyncio.to_thread(root.write_text, "a file")

    with pytest.raises(DiskProblem, match=f"^{root}"):
        await bring(disk, a_torrent(BUNNY, root / "radarr"), cdn)


async def test_files_and_folders_have_the_configured_modes(root: Path, serving: Serving) -> None:
    cdn = await serving(SEASON)
    disk = Disk(settings(root, file_mode=0o664, directory_mode=0o775), RULES)

    content = await bring(disk, a_torrent(SEASON, root), cdn)

    modes = everything(content)
    assert {stat.S_IMODE(mode) for mode in modes.values() if stat.S_ISREG(mode)} == {0o664}
    assert {stat.S_IMODE(mode) for mode in modes.values() if stat.S_ISDIR(mode)} == {0o775}


async def test_removing_a_download_takes_its_partial_files_along(
    disk: Disk, root: Path, serving: Serving
) -> None:
    cdn, torrent = await serving(BUNNY), a_torrent(BUNNY, root)
    await interrupted(disk, torrent, cdn)
    assert everything(root) != {}

    await disk.remove(torrent, "")

    assert everything(root) == {}


LIMIT = 100 * KIB


@pytest.mark.parametrize("limited", ["speed_limit", "speed_limit_per_file"])
async def test_downloads_keep_to_the_speed_limit(limited: str, root: Path, serving: Serving) -> None:
    cdn, clock = await serving(BUNNY), EagerClock()
    disk = Disk(settings(root), replace(RULES, **{limited: LIMIT}), clock=clock)

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)
    assert clock.monotonic() >= (BUNNY.size - LIMIT) / LIMIT


async def test_of_the_limits_of_settings_clients_and_torrent_the_lowest_is_kept(
    root: Path, serving: Serving
) -> None:
    cdn, clock = await serving(BUNNY), EagerClock()
    rules = replace(RULES, speed_limit=4 * LIMIT)
    disk = Disk(settings(root), rules, clock=clock, wished=lambda: 2 * LIMIT)

    async with asyncio.timeout(DEADLINE):
        await disk.place_download(
            a_torrent(BUNNY, root), placing(BUNNY), cdn.link, lambda done: None, lambda: LIMIT
        )

    assert clock.monotonic() >= (BUNNY.size - LIMIT) / LIMIT


async def test_a_limit_of_clients_is_shared_by_the_downloads_of_all_torrents(
    root: Path, serving: Serving
) -> None:
    cdn, clock = await serving(BUNNY), EagerClock()
    disk = Disk(settings(root), RULES, clock=clock, wished=lambda: LIMIT)

    async with asyncio.TaskGroup() as group:
        for number in (1, 2):
            group.create_task(bring(disk, a_torrent(BUNNY, root / str(number), number), cdn))

    assert clock.monotonic() >= (2 * BUNNY.size - LIMIT) / LIMIT


async def test_a_limit_that_is_lifted_lifts_that_of_a_running_download(root: Path, serving: Serving) -> None:
    cdn, clock, limit = await serving(BUNNY), EagerClock(), 10

    def limit_now() -> int:
        return limit if clock.monotonic() < 5 else 0

    disk = Disk(settings(root), RULES, clock=clock, wished=limit_now)

    assert holds(await bring(disk, a_torrent(BUNNY, root), cdn), BUNNY)
    assert clock.monotonic() < 10


async def test_a_limit_that_comes_binds_a_running_download(root: Path, serving: Serving) -> None:
    cdn, clock = await serving(BUNNY), EagerClock()
    disk = Disk(settings(root), replace(RULES, segment=16 * KIB), clock=clock)

    async with asyncio.timeout(DEADLINE):
        await disk.place_download(
            a_torrent(BUNNY, root),
            placing(BUNNY),
            cdn.link,
            lambda done: None,
            lambda: LIMIT if len(cdn.requests) > 5 else 0,
        )

    assert clock.monotonic() > 1


def test_downloads_follow_the_settings(root: Path) -> None:
    rules = download_rules(
        settings(root, parallel_downloads=7, connections_per_file=2, speed_limit=5, speed_limit_per_file=4)
    )

    assert rules == DownloadRules(files_at_once=7, connections=2, speed_limit=5, speed_limit_per_file=4)
