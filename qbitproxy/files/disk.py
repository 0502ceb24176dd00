"""Finished content, made to appear where an Arr imports it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath

import structlog

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Missing, Reason, Refusal
from qbitproxy.core.layout import next_round, wanted_places
from qbitproxy.core.release import MEDIA, UnsafePath, suffix
from qbitproxy.core.torrent import Content, Placing, RemoteFile, Round, Torrent
from qbitproxy.files.arranging import Arranging
from qbitproxy.files.blocking import to_its_end
from qbitproxy.files.copies import copy, hard_linked
from qbitproxy.files.download import AskLink, DownloadRules, Downloads
from qbitproxy.files.mounts import Looks, readable, shown
from qbitproxy.files.parallel import in_parallel
from qbitproxy.files.partial import Partial
from qbitproxy.files.problems import DiskProblem, NotYet, explained
from qbitproxy.files.staging import Modes, Staging, group_id, place_of
from qbitproxy.files.throttle import AskLimit, unlimited
from qbitproxy.files.walk import walk
from qbitproxy.settings.sections import FilesSettings

__all__ = ["Disk", "DiskProblem", "NotYet", "download_rules"]

log = structlog.get_logger()

LOOKS_AT_ONCE = 8  # files of one torrent read at the same time
MOUNT_DEADLINE = timedelta(seconds=30)

Placement = list[tuple[RemoteFile, PurePosixPath]]
Copy = tuple[RemoteFile, PurePosixPath, Path]  # the file, where it goes, where it lies


class Disk:
    """The part of the disk that is ours: everything below `files.download_root`.

    A folder is built beside its place under a hidden name and renamed, so nobody sees half of it. Every
    verb may be repeated and raises DiskProblem for what a person has to mend.
    """

    def __init__(
        self,
        settings: FilesSettings,
        rules: DownloadRules | None = None,
        mount_deadline: timedelta = MOUNT_DEADLINE,
        clock: Clock | None = None,
        wished: AskLimit = unlimited,
    ) -> None:
        """`wished` is how fast clients want all downloads together to be at most."""
        modes = Modes(
            file=settings.file_mode,
            folder=settings.directory_mode,
            umask=settings.umask or 0,
            group=group_id(settings.group),
        )
        self._root, self._keep_free = Path(settings.download_root), settings.keep_free
        self._staging = Staging(modes)
        self._arranging = Arranging(self._staging, self._root, self._check_room)
        self._downloads = Downloads(rules or download_rules(settings), clock, wished)
        self._looks = Looks(mount_deadline)
        self._promised: dict[int, int] = {}  # torrent -> bytes its download still needs

    def content_path(self, torrent: Torrent, phase: Placing) -> Path:
        """Where the content would be placed, if nothing else bears its name."""
        return place_of(torrent)

    def wanted_places(self, torrent: Torrent, phase: Placing) -> Placement:
        """Where each wanted file goes. Raises Refusal for names that no folder of ours may hold."""
        provider = phase.remote.provider
        try:
            places = wanted_places(torrent, phase.files)
        except UnsafePath as unsafe:
            raise Refusal(provider, f"unsafe file name: {unsafe}", reason=Reason.BAD_SOURCE) from None
        if not places:
            raise Refusal(provider, "it holds no wanted files", reason=Reason.REFUSED_BY_POLICY)
        return places

    async def place_links(self, torrent: Torrent, phase: Placing, mount: Path) -> Path:
        """Make a folder of links to the files that `mount` shows; return it.

        Raises NotYet with the first path that is not there or not readable so far.
        """
        self._check_below(Path(torrent.save_path))
        placement = self.wanted_places(torrent, phase)
        targets = await self._seen(torrent, phase, mount, placement)
        links = {path: target for (_, path), target in zip(placement, targets, strict=True)}
        return await to_its_end(self._link, torrent, links)

    async def place_copies(
        self, torrent: Torrent, phase: Placing, mount: Path, on_progress: Callable[[int], None]
    ) -> Path:
        """Make a folder of the files that `mount`, a disk, shows: hard links, else copies; return it.

        `on_progress` is told the bytes of all files that are there. Raises NotYet like `place_links`.
        """
        self._check_below(Path(torrent.save_path))
        placement = self.wanted_places(torrent, phase)
        missing = await asyncio.to_thread(self._missing, torrent, placement)
        if not missing:
            return await to_its_end(self._finish, torrent, placement, missing)
        sources = await self._seen(torrent, phase, mount, missing)
        wanted = [(file, path, source) for (file, path), source in zip(missing, sources, strict=True)]
        stage = await to_its_end(self._staging.begin, torrent)
        with explained(stage):
            unlinked = await to_its_end(self._hard_link, stage, wanted)
            done = sum(file.size for file, _ in placement) - sum(file.size for file, _, _ in unlinked)
            on_progress(done)

            def tell(amount: int) -> None:
                nonlocal done
                done += amount
                on_progress(done)

            try:
                await self._promise(torrent, sum(file.size for file, _, _ in unlinked))
                for _, path, source in unlinked:
                    await copy(source, stage / path, self._staging.modes, tell)
            finally:
                self._promised.pop(torrent.id, None)
        return await to_its_end(self._finish, torrent, placement, missing)

    async def place_download(
        self,
        torrent: Torrent,
        phase: Placing,
        links: AskLink,
        on_progress: Callable[[int], None],
        limit: AskLimit = unlimited,
    ) -> Path:
        """Bring the files to a folder of our own; return it. An interrupted download is resumed.

        `on_progress` is told the bytes of all files that are there; `limit` may change meanwhile.
        Raises Missing, Unreachable, Busy, whatever `links` raises.
        """
        self._check_below(Path(torrent.save_path))
        placement = self.wanted_places(torrent, phase)
        for file, _ in placement:
            if not file.size and suffix(file.path) in MEDIA:  # an empty one would look finished
                raise Missing(phase.remote.provider, f"it does not say how large {file.path} is")
        missing = await asyncio.to_thread(self._missing, torrent, placement)
        if not missing:
            return await to_its_end(self._finish, torrent, placement, missing)
        wanted = await to_its_end(self._prepare, torrent, missing)
        there = sum(file.size for file, _ in placement) - sum(file.size for file, _ in missing)
        try:
            await self._promise(torrent, sum(kept.size - kept.done for _, kept in wanted))
            with explained(Path(torrent.save_path)):
                await self._downloads.bring(
                    wanted,
                    phase.remote.provider,
                    links,
                    self._watched(torrent, wanted, lambda done: on_progress(there + done)),
                    limit,
                )
        finally:
            self._promised.pop(torrent.id, None)
        return await to_its_end(self._finish, torrent, placement, missing)

    async def next_round(self, torrent: Torrent, content: Content) -> Round:
        """What is to be done next to what stands, to be carried out by `arrange`. Raises UnsafePath."""
        self._check_below(Path(content.path))
        self._check_below(Path(torrent.save_path))
        moving = [file.at for file in content.places]
        home = await to_its_end(self._arranging.home, torrent, content, moving)
        return next_round(torrent, content, str(home))

    async def arrange(self, torrent: Torrent, content: Content, changes: Round) -> None:
        """Bring a round to its end: what stands is moved or taken away, nothing else."""
        self._check_below(Path(content.path))
        self._check_below(Path(changes.home))
        await self._arranging.carry_out(torrent, content, changes)

    async def placed_files(self, content: Path) -> dict[Path, Path | None]:
        """The files below `content`, each with what it links to; None for a file of its own.

        Raises NotYet when there are none.
        """
        files = await asyncio.to_thread(_files_below, content)
        if not files:
            raise NotYet(content, "nothing is there")
        return files

    async def unreadable(self, files: Mapping[Path, Path | None]) -> Path | None:
        """The first of `files` that shows no first byte, None when all do."""
        for path, target in files.items():
            beside = Path(*target.parts[:3]) if target else path.parent
            try:
                await self._looks.ask(beside, partial(readable, path, 0))
            except NotYet:
                return path
        return None

    async def missing(self, content: Content, sizes: Mapping[str, int], mount: Path | None) -> list[str]:
        """The files of `content`, by their own paths, that do not stand as they should.

        A link counts as standing while it leads somewhere. Raises DiskProblem where nobody can say.
        """
        places = {file.path: Path(content.path, file.at) for file in content.places if file.path in sizes}
        beside = mount or self._root
        wrong = [
            partial(self._looks.ask, beside, partial(_stands, place, sizes[path], mount))
            for path, place in places.items()
        ]
        return [path for path, look in zip(places, wrong, strict=True) if not await look()]

    async def remove(self, torrent: Torrent, content_path: str) -> None:
        """Delete everything that was made for a torrent, and nothing else; already gone is fine.

        Where it lies counts for nothing: `files.download_root` may have been another one when it was made.
        """
        content = Path(content_path) if content_path else None
        if not await to_its_end(self._staging.clear, torrent, content):
            log.warning("content_left_alone", path=content_path, why="it was not made for this torrent")

    async def forget(self, torrent: Torrent, content_path: str = "") -> None:
        """Delete only what is half made; what was placed stays where it is."""
        content = Path(content_path) if content_path else None
        await to_its_end(self._staging.forget, torrent, content)

    def _check_below(self, folder: Path) -> None:
        inside = folder.is_absolute() and folder.is_relative_to(self._root)
        if not inside or ".." in folder.parts:
            raise DiskProblem(f"{folder} does not lie below files.download_root, {self._root}")

    async def _seen(self, torrent: Torrent, phase: Placing, mount: Path, placement: Placement) -> list[Path]:
        """Where `mount` shows each file, once all can be read. Raises NotYet with the first that cannot."""
        files = [file for file, _ in placement]
        targets = await self._looks.ask(mount, partial(shown, mount, phase.folder, torrent.name, files))
        looks = [
            partial(self._looks.ask, mount, partial(readable, target, file.size))
            for file, target in zip(files, targets, strict=True)
        ]
        await in_parallel(LOOKS_AT_ONCE, looks)
        return targets

    def _link(self, torrent: Torrent, links: Mapping[PurePosixPath, Path]) -> Path:
        stage, standing = self._staging.begin(torrent), self._standing(torrent)
        whole = [path for path, target in links.items() if standing and _leads_to(standing / path, target)]
        with explained(stage):
            for path, target in links.items():
                if path not in whole:
                    link = stage / path
                    self._staging.modes.make_folder(link.parent)
                    link.symlink_to(target)
                    self._staging.modes.settle(link)
        if standing is None or torrent.content is None:
            return self._staging.finish(torrent)
        built = [path for path in links if path not in whole]
        return self._staging.fill(torrent, torrent.content, built, {str(path) for path in links})

    def _standing(self, torrent: Torrent) -> Path | None:
        """The torrent's folder, when something is only to be added to what stands in it."""
        return self._staging.placed(torrent) if torrent.content is not None else None

    def _missing(self, torrent: Torrent, placement: Placement) -> Placement:
        """What an earlier attempt, or an earlier wish, has not placed yet."""
        unsure = torrent.content is None and any(wish.place for wish in torrent.layout.files)
        placed = None if unsure else self._staging.placed(torrent)  # unsure which file bears which name
        with explained(placed or Path(torrent.save_path)):
            missing = [
                (file, path)
                for file, path in placement
                if not placed or not _has_size(placed / path, file.size)
            ]
        return missing if torrent.content is not None or not missing else placement

    def _finish(self, torrent: Torrent, placement: Placement, built: Placement) -> Path:
        placed = self._staging.placed(torrent)
        if placed is not None and torrent.content is not None:
            new, whole = [path for _, path in built], {str(path) for _, path in placement}
            return self._staging.fill(torrent, torrent.content, new, whole)
        if placed is None or built:
            return self._staging.finish(torrent)
        self._staging.clear_staging(torrent)  # killed right after the move
        return placed

    def _hard_link(self, stage: Path, wanted: list[Copy]) -> list[Copy]:
        """Give every file that can have one a second name in `stage`; return those that cannot."""
        unlinked: list[Copy] = []
        for file, path, source in wanted:
            if source.stat().st_size != file.size:
                raise NotYet(source, f"it is not {file.size:,} bytes long")
            self._staging.modes.make_folder((stage / path).parent)
            if not hard_linked(source, stage / path):
                unlinked.append((file, path, source))
        return unlinked

    def _prepare(self, torrent: Torrent, placement: Placement) -> list[tuple[RemoteFile, Partial]]:
        stage = self._staging.begin(torrent, {path for _, path in placement})
        notes, modes = self._staging.notes(torrent), self._staging.modes
        with explained(stage):
            return [
                (file, Partial.open(stage / path, notes / _note_name(path), file.size, file.path, modes))
                for file, path in placement
            ]

    async def _promise(self, torrent: Torrent, needed: int) -> None:
        """Set aside the bytes that a torrent needs. Raises DiskProblem when there are too few."""
        await asyncio.to_thread(self._check_room, Path(torrent.save_path), needed)
        self._promised[torrent.id] = needed

    def _check_room(self, folder: Path, needed: int) -> None:
        """Raises DiskProblem when a folder has no room for so many bytes."""
        with explained(folder):
            disk = os.statvfs(folder)
        free = disk.f_bavail * disk.f_frsize - sum(self._promised.values())
        if needed and free - needed < self._keep_free:
            raise DiskProblem(
                f"{folder}: {_in_words(needed)} are needed, {_in_words(self._keep_free)} are to "
                f"stay free (files.keep_free), but only {_in_words(max(free, 0))} are free"
            )

    def _watched(
        self, torrent: Torrent, wanted: list[tuple[RemoteFile, Partial]], tell: Callable[[int], None]
    ) -> Callable[[int], None]:
        total = sum(kept.size for _, kept in wanted)

        def watch(done: int) -> None:
            self._promised[torrent.id] = total - done
            tell(done)

        return watch


def download_rules(settings: FilesSettings) -> DownloadRules:
    """The rules of downloads as the settings say."""
    return DownloadRules(
        files_at_once=settings.parallel_downloads,
        connections=settings.connections_per_file,
        speed_limit=settings.speed_limit,
        speed_limit_per_file=settings.speed_limit_per_file,
    )


def _files_below(content: Path) -> dict[Path, Path | None]:
    with explained(content):
        if content.is_symlink() or content.is_file():
            return {content: content.readlink() if content.is_symlink() else None}
        if not os.path.lexists(content):
            return {}
        found = (folder / name for folder, _, names in walk(content) for name in names)
        return {path: path.readlink() if path.is_symlink() else None for path in sorted(found)}


def _stands(place: Path, size: int, mount: Path | None) -> bool:
    """Whether a file, or what a link leads to, is there. Raises DiskProblem while its mount is not up."""
    with explained(place):
        if not place.is_symlink():
            return _has_size(place, size)
        if place.exists():
            return True
        if mount is not None and not (mount.is_dir() and any(mount.iterdir())):
            raise DiskProblem(f"the mount {mount} is not there, so nobody knows where {place} leads")
        return False


def _leads_to(link: Path, target: Path) -> bool:
    return link.is_symlink() and link.readlink() == target


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == size


def _note_name(path: PurePosixPath) -> str:
    return f"{sha256(str(path).encode()).hexdigest()[:32]}.json"


def _in_words(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB" if amount >= 1e8 else f"{amount / 1e6:.1f} MB"
