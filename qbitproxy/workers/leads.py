"""A library's file led to where its content can be read again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qbitproxy.core.faults import Fault
from qbitproxy.core.findings import Finding, Left, Mended
from qbitproxy.core.layout import standing
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.records import file_at
from qbitproxy.core.torrent import Action, Ready, RemoteFile, Torrent, remote_of
from qbitproxy.core.trail import Place, Trail, counterparts, is_strm, trail
from qbitproxy.core.verdict import Look, Word
from qbitproxy.files.following import followed
from qbitproxy.files.problems import DiskProblem
from qbitproxy.files.relink import rewrite, swap, target_of, written
from qbitproxy.workers.inspection import places_of
from qbitproxy.workers.ward import Ward
from qbitproxy.workers.words import EVERYTHING

ELSEWHERE = Left("it leads elsewhere by now")
"""Its Arr has upgraded it under the same name, or somebody has mended it: that link is not ours to change."""


class Leads:
    """Changes a file's link or address in one step, after what it is to lead to has been read.

    A link that leads no more to where it was found broken is left alone.
    """

    def __init__(self, ward: Ward) -> None:
        self._ward = ward

    async def healed(self, finding: Finding, torrent: Torrent) -> Mended | Left | str:
        """Whether the file can be read again, led to what `torrent` brought where need be; else why not."""
        file = finding.file
        leads = (await self._ward.sights().see(file.ours, file.size)).trail
        came = _came(file, leads, torrent)
        if await self._reads(file, came):
            return Mended("its service has it again")
        if came is None:
            return "the release has no such file"
        try:
            new = await self._shown(torrent, came) or await self._named(file, torrent, came)
        except (OSError, DiskProblem, Fault) as problem:
            return f"what came back cannot be looked at: {problem}"
        if new is None:
            return "what came back is not to be seen from here"
        return await self._led(finding, new, came)

    async def led(self, finding: Finding, place: Path) -> Mended | Left | str:
        """Lead a library's file to `place` on a mount, once that has been read; else why not."""
        return await self._led(finding, self._trail(place, ""), None)

    async def _led(self, finding: Finding, new: Trail, came: RemoteFile | None) -> Mended | Left | str:
        try:
            if is_strm(finding.file.ours):
                return await self._readdressed(finding.file, new, came)
            return await self._relinked(finding.file, finding.target, new.target)
        except (OSError, DiskProblem) as problem:
            return f"it cannot be changed: {problem}"

    async def _relinked(self, file: LibraryFile, was: str, target: str) -> Mended | Left | str:
        path, places = Path(file.ours), places_of(self._ward.hands)
        old = await self._ward.looks.ask(path.parent, partial(target_of, path))
        if old is None:
            return "it is no link that could lead elsewhere"
        leads = await self._ward.looks.ask(path.parent, partial(followed, path, places))
        if not isinstance(leads, Trail) or leads.target != was:
            return ELSEWHERE
        if not await self._shows(target, file.size):
            return f"{target} cannot be read"
        if not await self._ward.looks.ask(path.parent, partial(swap, path, target, old)):
            return "its link was changed meanwhile"
        if await self._reads(file, None):
            return Mended(f"it leads to {target} now")
        await self._ward.looks.ask(path.parent, partial(swap, path, old, target))
        return "it still cannot be read"

    async def _readdressed(self, file: LibraryFile, new: Trail, came: RemoteFile | None) -> Mended | str:
        path, places = Path(file.ours), places_of(self._ward.hands)
        before = await self._ward.looks.ask(path.parent, partial(written, path))
        old = trail(before, places) if before is not None else None
        if before is None or old is None:
            return "it holds no address that we understand"
        size = came.size if came is not None else 0
        for seen in counterparts(old, new, places):
            if seen.address == before or not await self._serves(seen, seen.address, size):
                continue
            if not await self._ward.looks.ask(path.parent, partial(rewrite, path, seen.address, before)):
                return "its address was changed meanwhile, or what came back cannot be written as one"
            if await self._reads(file, came):
                return Mended(f"it leads to {'/'.join(seen.parts)} now")
            await self._ward.looks.ask(path.parent, partial(rewrite, path, before, seen.address))
        return "what came back can be read at no place like the one it led to"

    async def _shown(self, torrent: Torrent, came: RemoteFile) -> Trail | None:
        """Where a file that came back is shown; None when nothing was placed."""
        placed, remote = _placed(torrent, came), remote_of(torrent)
        if placed is None or remote is None:
            return None
        target = await self._ward.looks.ask(placed.parent, partial(target_of, placed))
        return self._trail(Path(target or placed), remote.provider)

    async def _named(self, file: LibraryFile, torrent: Torrent, came: RemoteFile) -> Trail | None:
        """What a file is called at an account without a mount; for addresses alone."""
        remote = remote_of(torrent)
        if not is_strm(file.ours) or remote is None:
            return None
        item = await self._ward.hands.connected(remote.provider).behind.contents(remote.id, EVERYTHING)
        parts = f"{item.name}/{came.path}".split("/")
        return Trail(Place("", (remote.provider,)), tuple(filter(None, parts)))

    def _trail(self, path: Path, provider: str) -> Trail:
        here = Trail(Place(str(path.parent), (provider,)), (path.name,))
        return trail(str(path), places_of(self._ward.hands)) or here

    async def _reads(self, file: LibraryFile, came: RemoteFile | None) -> bool:
        """Whether the library's file gives its bytes, through whatever it leads to."""
        leads = (await self._ward.sights().see(file.ours, file.size)).trail
        if leads is None or not leads.place.is_address:
            return await self._shows(file.ours, file.size)
        path = Path(file.ours)
        try:
            address = await self._ward.looks.ask(path.parent, partial(written, path))
        except (OSError, DiskProblem):
            return False
        size = came.size if came is not None else 0
        return address is not None and await self._serves(leads, address, size)

    async def _serves(self, leads: Trail, address: str, size: int) -> bool:
        """Whether what is to be led to, spelled as `address`, gives its bytes.

        Servers answer with pages of their own, so of an address the size has to be known, and right.
        """
        if leads.place.is_address:
            return size > 0 and (await self._ward.sips.read(address, size)).word is Word.ALIVE
        return await self._shows(leads.target, size)

    async def _shows(self, path: str, size: int) -> bool:
        sights = self._ward.sights()
        sight = await sights.see(path, size)
        if sight.look is not Look.SHOWN:
            return False
        return (await sights.taste(path, size, sight.trail)).look is Look.READ


def _came(file: LibraryFile, leads: Trail | None, torrent: Torrent) -> RemoteFile | None:
    """Which of the files that came back is the library's; a .strm file is called as its Arr likes."""
    if not isinstance(torrent.phase, Ready):
        return None
    if is_strm(file.ours):
        return file_at(torrent.phase.files, "/".join(leads.parts), 0) if leads is not None else None
    return file_at(torrent.phase.files, file.ours, file.size)


def _placed(torrent: Torrent, came: RemoteFile) -> Path | None:
    """Where the torrent's content shows a file of it; None when nothing was placed."""
    content = standing(torrent)
    if content is None or torrent.request.action is Action.NONE:
        return None
    at = next((place.at for place in content.places if place.path == came.path), None)
    return Path(content.path) / at if at is not None else None
