"""Moves from one mount to another of the same file system, killed in front of each change of the disk.

To be run in a mount namespace of its own, with a folder to work in.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from qbitproxy.core.events import Relocated
from qbitproxy.core.torrent import Torrent, content_path
from qbitproxy.files import Disk
from tests.files.ground import BUNNY, holds, placing, settings
from tests.files.layouts import a_ready, after, arranged, begun, killed_in_front_of


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - programs of the system


async def begun_move(disk: Disk, root: Path, mount: Path) -> Torrent:
    torrent = a_ready(BUNNY, root / "one" / BUNNY.name)
    await disk.place_copies(torrent, placing(BUNNY), mount, lambda _: None)
    return await begun(disk, after(torrent, Relocated(str(root / "two"))))


def main(folder: Path) -> None:
    """Kill, go on, look; until one move lives to its end."""
    root = folder / "downloads"
    BUNNY.write(folder / "mount" / BUNNY.name)
    number, lived = 0, False
    while not lived:
        for name in ("one", "two"):
            at = root / name
            at.mkdir(parents=True, exist_ok=True)
            back = folder / f"{name}-{number}"
            back.mkdir()
            run("mount", "--bind", back, at)
        disk = Disk(settings(root))
        torrent = asyncio.run(begun_move(disk, root, folder / "mount"))
        lived = killed_in_front_of(number, disk, torrent)
        done = asyncio.run(arranged(disk, torrent))
        assert holds(Path(content_path(done)), BUNNY)
        for name in ("one", "two"):
            run("umount", root / name)
        number += 1
    assert number > 5, "it was hardly killed"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
