"""Torrents that stand on a disk, and the way they follow the wishes of clients."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from compat.content import Release
from qbitproxy.core.events import ArrangeBegun, Arranged, Event, LaidOut, evolve
from qbitproxy.core.layout import is_due, standing, with_wishes
from qbitproxy.core.torrent import Content, FileWish, Ready, Torrent
from qbitproxy.files import Disk
from tests.files.ground import NOW, a_torrent, placing

CHANGES = frozenset(
    ["ctypes.dlsym", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "open"]
)
"""What a process is killed in front of, one after the other. Source: Python 3.11, audit events table."""


def a_ready(release: Release, content: Path, torrent_id: int = 1) -> Torrent:
    """A torrent that stands at `content`."""
    phase = placing(release)
    return a_torrent(
        release, content.parent, torrent_id, phase=Ready(phase.remote, phase.files, str(content))
    )


def wishes(torrent: Torrent, folder: str = "", **places: str) -> Torrent:
    """The torrent once clients want its files, by the place of each in its list, at other places."""
    phase = torrent.phase
    assert isinstance(phase, Ready)
    said = [FileWish(path=phase.files[int(n[1:])].path, place=place) for n, place in places.items()]
    return after(torrent, LaidOut(folder, with_wishes(torrent, said)))


def skips(torrent: Torrent, *paths: str) -> Torrent:
    """The torrent once clients do not want some of its files."""
    said = [FileWish(path=path, priority=0) for path in paths]
    return after(torrent, LaidOut(torrent.layout.folder, with_wishes(torrent, said)))


def after(torrent: Torrent, *events: Event) -> Torrent:
    for event in events:
        torrent = evolve(torrent, event, NOW)
    return torrent


def stands(torrent: Torrent) -> Content:
    content = standing(torrent)
    assert content is not None
    return content


async def begun(disk: Disk, torrent: Torrent) -> Torrent:
    """The torrent once the next round is written down."""
    return after(torrent, ArrangeBegun(await disk.next_round(torrent, stands(torrent))))


async def carried_out(disk: Disk, torrent: Torrent) -> Torrent:
    """The torrent once the round under way is at its end."""
    assert torrent.round is not None
    await disk.arrange(torrent, stands(torrent), torrent.round)
    return after(torrent, Arranged())


async def arranged(disk: Disk, torrent: Torrent) -> Torrent:
    """The torrent once it follows its layout."""
    while is_due(torrent):
        if torrent.round is None:
            torrent = await begun(disk, torrent)
        torrent = await carried_out(disk, torrent)
    return torrent


def killed_in_front_of(number: int, disk: Disk, torrent: Torrent) -> bool:
    """Carry out the round under way in a process of its own; say whether it lived to the end.

    It is killed in front of its `number`-th change of the disk. No loop may be running.
    """
    child = os.fork()
    if not child:
        left = number

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in CHANGES:
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            asyncio.run(carried_out(disk, torrent))
        except BaseException:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return code == 0
