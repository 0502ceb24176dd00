"""A library's file led to where its content can be read again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qbitproxy.core.findings import Mended
from qbitproxy.core.layout import standing
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.records import file_at
from qbitproxy.core.torrent import Ready, Torrent
from qbitproxy.core.verdict import Look
from qbitproxy.files.problems import DiskProblem
from qbitproxy.files.relink import swap, target_of
from qbitproxy.workers.ward import Ward


class Leads:
    """Changes a file's link in one step, after what it is to lead to has been read."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward

    async def healed(self, file: LibraryFile, torrent: Torrent) -> Mended | str:
        """Whether the file can be read again, its link led to what `torrent` brought; else why not."""
        if await self._reads(file.ours, file.size):
            return Mended("its service has it again")
        placed = _placed(torrent, file.ours, file.size)
        if placed is None:
            return "the release has no such file"
        try:
            target = await self._ward.looks.ask(placed.parent, partial(target_of, placed))
        except (OSError, DiskProblem) as problem:
            return f"what came back cannot be looked at: {problem}"
        return await self.led(file, target or str(placed))

    async def led(self, file: LibraryFile, target: str) -> Mended | str:
        """Lead the link of a library's file to `target`, once that has been read; else why not."""
        path = Path(file.ours)
        try:
            old = await self._ward.looks.ask(path.parent, partial(target_of, path))
            if old is None:
                return "it is no link that could lead elsewhere"
            if not await self._reads(target, file.size):
                return f"{target} cannot be read"
            if not await self._ward.looks.ask(path.parent, partial(swap, path, target, old)):
                return "its link was changed meanwhile"
            if await self._reads(file.ours, file.size):
                return Mended(f"it leads to {target} now")
            await self._ward.looks.ask(path.parent, partial(swap, path, old, target))
        except (OSError, DiskProblem) as problem:
            return f"its link cannot be changed: {problem}"
        return "it still cannot be read"

    async def _reads(self, path: str, size: int) -> bool:
        sights = self._ward.sights()
        sight = await sights.see(path, size)
        if sight.look is not Look.SHOWN:
            return False
        return (await sights.taste(path, size, sight.trail)).look is Look.READ


def _placed(torrent: Torrent, path: str, size: int) -> Path | None:
    """Where the torrent's content shows the file that the library has at `path`."""
    content = standing(torrent)
    if content is None or not isinstance(torrent.phase, Ready):
        return None
    file = file_at(torrent.phase.files, path, size)
    at = next((place.at for place in content.places if file is not None and place.path == file.path), None)
    return Path(content.path) / at if at is not None else None
