"""Changes of the disk by those who are stopped meanwhile."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from qbitproxy.core.torrent import Torrent
from qbitproxy.files import Disk
from qbitproxy.files.blocking import ended, to_its_end
from qbitproxy.files.staging import Modes, Staging
from tests.files.ground import BUNNY, a_torrent, everything, placing, settings
from tests.support import DEADLINE


class SlowStaging(Staging):
    """On a disk that takes its time."""

    def __init__(self) -> None:
        super().__init__(Modes())
        self.begun, self.going_on = threading.Event(), threading.Event()

    def begin(self, torrent: Torrent, keep: object = ()) -> Path:
        stage = super().begin(torrent)
        self.begun.set()
        self.going_on.wait(DEADLINE)
        return stage


async def test_a_torrent_that_is_removed_while_it_is_placed_leaves_nothing(
    root: Path, tmp_path: Path
) -> None:
    BUNNY.write(tmp_path / "mount" / BUNNY.name)
    disk, staging, torrent = Disk(settings(root)), SlowStaging(), a_torrent(BUNNY, root)
    disk._staging = staging

    async def removed_after(place: asyncio.Task[Path]) -> None:
        await asyncio.wait((place,))
        await disk.remove(torrent, "")

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        place = group.create_task(disk.place_links(torrent, placing(BUNNY), tmp_path / "mount"))
        await asyncio.to_thread(staging.begun.wait, DEADLINE)
        place.cancel()
        removal = group.create_task(removed_after(place))
        await asyncio.wait((removal,), timeout=0.1)
        staging.going_on.set()

    await asyncio.get_running_loop().shutdown_default_executor()
    assert everything(root) == {}


async def test_whoever_is_cancelled_again_and_again_waits_all_the_same() -> None:
    begun, going_on, ended = threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        begun.set()
        ended.append(going_on.wait(DEADLINE))

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        task = group.create_task(to_its_end(work))
        await asyncio.to_thread(begun.wait, DEADLINE)
        for _ in range(3):
            task.cancel()
            await asyncio.to_thread(lambda: None)
        assert not task.done()
        going_on.set()

    assert task.cancelled()
    assert ended == [True]


async def test_a_disk_that_hangs_does_not_keep_whoever_is_cancelled_for_ever() -> None:
    hanging: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        task = group.create_task(ended(hanging, timedelta(milliseconds=20)))
        await asyncio.to_thread(lambda: None)
        task.cancel()

    assert task.cancelled()
    assert not hanging.done()


async def test_what_goes_wrong_is_raised_as_it_is() -> None:
    def work() -> None:
        raise NotADirectoryError

    with pytest.raises(NotADirectoryError):
        await to_its_end(work)
