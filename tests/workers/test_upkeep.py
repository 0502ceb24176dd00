"""What stands is arranged as clients wish, chosen, looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.content import SHOW
from qbitproxy.core.events import CheckAsked, Event, LaidOut, Lost, Paused, Relocated, RemovalAsked
from qbitproxy.core.faults import Reason
from qbitproxy.core.layout import with_wishes
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import Action, FileWish, Layout, Request, TorrentFile, content_path
from qbitproxy.library import Draft, Telemetry
from qbitproxy.workers.advance import Advance
from tests.providers.account import source_of
from tests.workers.desk import Desk, a_desk, at_work

FIRST, SECOND, THIRD, NFO, SAMPLE = SHOW.files
INFO = "GET /torrents/info/{id}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SHOW)
        yield desk


async def until(desk: Desk, torrent_id: int, phase: str) -> None:
    """Take steps until the torrent is in a phase and nothing is due."""
    for _ in range(20):
        before = desk.torrent(torrent_id)
        if await desk.step(torrent_id) == before and desk.phase(torrent_id) == phase:
            return
    raise AssertionError(f"{desk.torrent(torrent_id)} after {await desk.story(torrent_id)}")


async def a_ready(desk: Desk, action: Action = Action.SYMLINK, *wishes: FileWish) -> int:
    torrent_id = await desk.accept(SHOW, action=action)
    if wishes:
        await lay_out(desk, torrent_id, *wishes)
    await until(desk, torrent_id, "Ready")
    return torrent_id


async def happen(desk: Desk, torrent_id: int, *events: Event) -> None:
    for event in events:
        await desk.library.record(torrent_id, event)


async def lay_out(desk: Desk, torrent_id: int, *wishes: FileWish, folder: str = "") -> None:
    torrent = desk.torrent(torrent_id)
    await happen(desk, torrent_id, LaidOut(folder, with_wishes(torrent, wishes)))


def home(desk: Desk, torrent_id: int) -> Path:
    return Path(content_path(desk.torrent(torrent_id)))


def found(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if not p.is_dir()}


EPISODES = {path: SHOW.read(path) for path in (FIRST, SECOND, THIRD)}


@pytest.mark.parametrize("action", [Action.SYMLINK, Action.DOWNLOAD])
async def test_a_ready_torrent_follows_what_is_wished(desk: Desk, tmp_path: Path, action: Action) -> None:
    torrent_id = await a_ready(desk, action)
    place = tmp_path / "downloads" / "elsewhere"

    await happen(desk, torrent_id, Relocated(str(place)))
    await lay_out(desk, torrent_id, FileWish(path=FIRST, place="S01/one.mkv"), folder="Root")
    await until(desk, torrent_id, "Ready")

    assert home(desk, torrent_id) == place / "Root"
    assert found(place / "Root") == {
        "S01/one.mkv": SHOW.read(FIRST),
        SECOND: SHOW.read(SECOND),
        THIRD: SHOW.read(THIRD),
    }
    assert (await desk.story(torrent_id))[-4:] == ["Relocated", "LaidOut", "ArrangeBegun", "Arranged"]
    await happen(desk, torrent_id, RemovalAsked(delete_files=True))
    await desk.last_step(torrent_id)
    assert found(tmp_path / "downloads") == {}


async def test_a_torrent_that_is_placed_nowhere_is_only_shown_elsewhere(desk: Desk, tmp_path: Path) -> None:
    torrent_id = await a_ready(desk, Action.NONE)

    await happen(desk, torrent_id, Relocated(str(tmp_path / "downloads" / "elsewhere")))
    await until(desk, torrent_id, "Ready")

    assert home(desk, torrent_id) == tmp_path / "downloads" / "elsewhere" / SHOW.name
    assert found(tmp_path / "downloads") == {}


@pytest.mark.parametrize("action", [Action.SYMLINK, Action.DOWNLOAD])
async def test_what_is_wished_early_is_how_content_is_placed(
    desk: Desk, tmp_path: Path, action: Action
) -> None:
    torrent_id = await a_ready(
        desk, action, FileWish(path=FIRST, place="one.mkv"), FileWish(path=SECOND, priority=0)
    )

    assert found(home(desk, torrent_id)) == {"one.mkv": SHOW.read(FIRST), THIRD: SHOW.read(THIRD)}
    assert "ArrangeBegun" not in await desk.story(torrent_id)
    (item,) = desk.service.items()
    assert len(item.selected) == 2


@pytest.mark.parametrize("action", [Action.SYMLINK, Action.DOWNLOAD])
async def test_a_file_goes_when_it_is_unwanted_and_comes_back_when_wanted(desk: Desk, action: Action) -> None:
    torrent_id = await a_ready(desk, action)
    ours = home(desk, torrent_id)
    (ours / "own.nfo").write_text("a person's")
    before = (ours / FIRST).lstat().st_ino

    await lay_out(desk, torrent_id, FileWish(path=SECOND, priority=0))
    await until(desk, torrent_id, "Ready")
    without = set(found(ours))
    await lay_out(desk, torrent_id, FileWish(path=SECOND, priority=6))
    await desk.step(torrent_id)
    while desk.phase(torrent_id) == "Ready":
        await desk.step(torrent_id)
    assert desk.phase(torrent_id) == "Fetching"
    show_item(desk, torrent_id)
    await until(desk, torrent_id, "Ready")

    assert without == {FIRST, THIRD, "own.nfo"}
    assert found(ours) == {**EPISODES, "own.nfo": b"a person's"}
    assert (ours / FIRST).lstat().st_ino == before


def show_item(desk: Desk, torrent_id: int) -> None:
    """Let the next poll show the remote item."""
    (item,) = desk.service.items()
    shown = RemoteItem(id=item.id, infohash=item.infohash, name=SHOW.name, state=ItemState.DONE)
    desk.library.observe(torrent_id, Telemetry(item=shown))


async def test_a_file_that_the_rules_leave_out_is_fetched_when_it_is_chosen(desk: Desk) -> None:
    torrent_id = await a_ready(desk, Action.SYMLINK, FileWish(path=NFO, priority=1))

    assert found(home(desk, torrent_id)) == {**EPISODES, NFO: SHOW.read(NFO)}


async def test_a_torrent_of_which_nothing_is_wanted_waits_for_something_to_be(desk: Desk) -> None:
    torrent_id = await a_ready(desk)
    ours = home(desk, torrent_id)

    await lay_out(desk, torrent_id, *(FileWish(path=path, priority=0) for path in SHOW.files))
    await until(desk, torrent_id, "Fetching")
    assert not ours.exists()

    await lay_out(desk, torrent_id, FileWish(path=THIRD, priority=1))
    await until(desk, torrent_id, "Ready")
    assert found(ours) == {THIRD: SHOW.read(THIRD)}


async def accept_known(desk: Desk, layout: Layout = Layout()) -> int:  # noqa: B008 - frozen
    """Ask for the release by its .torrent file, so that every file is known."""
    files = tuple(TorrentFile(path, size) for path, size in SHOW.files.items())
    draft = Draft(
        source=replace(source_of(SHOW), files=files, size=SHOW.size),
        category="tv-sonarr",
        save_path=desk.library.save_path("tv-sonarr"),
        request=Request(arr="sonarr", action=Action.SYMLINK),
        layout=layout,
    )
    return (await desk.library.accept(draft)).id


async def test_files_chosen_at_the_add_are_like_those_chosen_later(desk: Desk) -> None:
    choice = Layout(files=(FileWish(path=SECOND, priority=0),), revision=1)
    torrent_id = await accept_known(desk, choice)
    await until(desk, torrent_id, "Ready")
    ours = home(desk, torrent_id)
    assert set(found(ours)) == {FIRST, THIRD}

    await lay_out(desk, torrent_id, FileWish(path=FIRST, priority=0), FileWish(path=SECOND, priority=1))
    for _ in range(6):
        await desk.step(torrent_id)

    assert set(found(ours)) == {THIRD}  # the service never selected the other


async def test_episodes_that_a_client_leaves_out_speak_against_no_release(desk: Desk) -> None:
    torrent_id = await desk.accept(SHOW, action=Action.SYMLINK)
    await lay_out(desk, torrent_id, *(FileWish(path=path, priority=0) for path in (FIRST, SECOND)))

    await until(desk, torrent_id, "Ready")

    assert found(home(desk, torrent_id)) == {THIRD: SHOW.read(THIRD)}


async def test_what_a_library_may_point_at_is_not_let_go_of_for_a_choice_that_nobody_serves(
    desk: Desk,
) -> None:
    torrent_id = await accept_known(desk)
    await until(desk, torrent_id, "Ready")
    held = [FileWish(path=path, priority=0) for path in EPISODES]

    await lay_out(desk, torrent_id, *held, FileWish(path=NFO, priority=1))
    for _ in range(12):
        await desk.step(torrent_id)

    assert "Refused" in await desk.story(torrent_id)
    assert len(desk.service.items()) == 1


async def test_what_is_lost_comes_back_to_the_names_that_were_wished(desk: Desk) -> None:
    torrent_id = await a_ready(desk)
    await lay_out(desk, torrent_id, FileWish(path=FIRST, place="one.mkv"), folder="Root")
    await until(desk, torrent_id, "Ready")
    ours = home(desk, torrent_id)

    await happen(desk, torrent_id, Lost("gone"))
    await lay_out(desk, torrent_id, FileWish(path=SECOND, place="two.mkv"), folder="Root")
    await until(desk, torrent_id, "Ready")

    assert home(desk, torrent_id) == ours
    assert set(found(ours)) == {"one.mkv", "two.mkv", THIRD}


# -- looking again


async def test_a_check_of_what_is_there_changes_nothing(desk: Desk) -> None:
    torrent_id = await a_ready(desk)
    before = desk.torrent(torrent_id)

    await happen(desk, torrent_id, Paused(), CheckAsked())
    await desk.step(torrent_id)

    after = desk.torrent(torrent_id)
    assert (after.phase, after.completed_at, after.check_asked, after.paused) == (
        before.phase,
        before.completed_at,
        False,
        True,
    )
    assert (await desk.story(torrent_id))[-1] == "Checked"


@pytest.mark.parametrize("action", [Action.SYMLINK, Action.DOWNLOAD])
async def test_a_check_has_what_the_disk_misses_placed_again(desk: Desk, action: Action) -> None:
    torrent_id = await a_ready(desk, action)
    ours = home(desk, torrent_id)
    (ours / FIRST).unlink()

    await happen(desk, torrent_id, CheckAsked())
    await desk.step(torrent_id)
    assert desk.phase(torrent_id) == "Placing"
    await until(desk, torrent_id, "Ready")

    assert found(ours) == EPISODES
    assert desk.torrent(torrent_id).losses == 0


async def test_a_check_of_a_whole_folder_that_is_gone_places_all_of_it(desk: Desk) -> None:
    torrent_id = await a_ready(desk)
    ours = home(desk, torrent_id)
    for path in EPISODES:
        (ours / path).unlink()
    ours.rmdir()

    await happen(desk, torrent_id, CheckAsked())
    await until(desk, torrent_id, "Ready")

    assert found(ours) == EPISODES


@pytest.mark.parametrize("losses", [0, 5])
async def test_a_check_finds_what_the_service_holds_no_more_and_has_it_fetched_again(
    desk: Desk, losses: int
) -> None:
    torrent_id = await a_ready(desk)
    for _ in range(losses):
        await happen(desk, torrent_id, Lost("gone"))
        await until(desk, torrent_id, "Ready")
        desk.clock.advance(timedelta(minutes=1))  # the service's pace
    desk.service.deletes(SHOW.infohash)

    await happen(desk, torrent_id, CheckAsked())
    await desk.step(torrent_id)

    assert (await desk.story(torrent_id))[-1] == "Lost"
    assert desk.phase(torrent_id) == "Accepted"
    await until(desk, torrent_id, "Ready")
    assert found(home(desk, torrent_id)) == EPISODES


async def test_a_check_takes_a_file_that_the_service_dropped_for_lost_and_lets_go_of_nothing(
    desk: Desk,
) -> None:
    torrent_id = await a_ready(desk, Action.NONE)
    (item,) = desk.service.items()
    item.selected, item.links = frozenset(sorted(item.selected)[:1]), item.links[:1]

    await happen(desk, torrent_id, CheckAsked())
    await desk.step(torrent_id)

    assert (await desk.story(torrent_id))[-1] == "Lost"
    assert SECOND in desk.torrent(torrent_id).waiting_for
    assert desk.service.items() == [item]


@pytest.mark.parametrize("code", [8, 21, 25, 34], ids=["denied", "busy", "unreachable", "throttled"])
async def test_a_service_that_says_nothing_of_the_torrent_is_asked_again(desk: Desk, code: int) -> None:
    torrent_id = await a_ready(desk)
    desk.service.denies(code)

    await happen(desk, torrent_id, CheckAsked())
    await desk.step(torrent_id)
    torrent = desk.torrent(torrent_id)
    assert (desk.phase(torrent_id), torrent.check_asked) == ("Ready", True)
    assert torrent.waiting_reason is Reason.OUTAGE

    desk.service.denies(None)
    desk.clock.advance(timedelta(hours=1))
    await desk.step(torrent_id)
    assert (await desk.story(torrent_id))[-1] == "Checked"


async def test_a_mount_that_is_not_up_says_nothing_of_the_torrent(desk: Desk) -> None:
    torrent_id = await a_ready(desk)
    away = desk.mount.root.with_name("away")
    desk.mount.root.rename(away)

    await happen(desk, torrent_id, CheckAsked())
    await desk.step(torrent_id)
    assert (desk.phase(torrent_id), desk.torrent(torrent_id).check_asked) == ("Ready", True)

    away.rename(desk.mount.root)
    desk.clock.advance(timedelta(hours=1))
    await desk.step(torrent_id)
    assert (await desk.story(torrent_id))[-1] == "Checked"


async def test_a_service_that_finds_nothing_to_our_rules_has_not_lost_it(desk: Desk) -> None:
    torrent_id = await a_ready(desk, Action.NONE)
    (item,) = desk.service.items()
    item.selected, item.links = frozenset({4}), item.links[:1]

    await happen(desk, torrent_id, CheckAsked())
    await desk.step(torrent_id)

    assert (await desk.story(torrent_id))[-1] == "Checked"


# -- among other things


async def test_a_pause_does_not_keep_content_from_moving(desk: Desk, tmp_path: Path) -> None:
    torrent_id = await a_ready(desk)
    place = tmp_path / "downloads" / "elsewhere"
    await happen(desk, torrent_id, Paused(), Relocated(str(place)), CheckAsked())

    async with at_work(Advance(desk.hands, desk.pulse, 1).run):
        await desk.until(torrent_id, lambda torrent: torrent.content is not None and not torrent.check_asked)

    assert desk.torrent(torrent_id).paused
    assert found(place / SHOW.name) == EPISODES


async def test_a_torrent_that_moves_can_be_removed(desk: Desk, tmp_path: Path) -> None:
    torrent_id = await a_ready(desk)

    async with at_work(Advance(desk.hands, desk.pulse, 1).run):
        await happen(
            desk, torrent_id, Relocated(str(tmp_path / "downloads" / "elsewhere")), RemovalAsked(True)
        )
        while desk.library.get(torrent_id) is not None:
            await desk.library.changed(desk.library.version)

    assert found(tmp_path / "downloads") == {}
