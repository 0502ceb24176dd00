"""Worlds in which everything may go wrong around repair, with the truth of what lives."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from qbitproxy.core.faults import Reason
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.plan import Patience
from qbitproxy.core.release import ContentRules
from qbitproxy.core.repair import Failed as JobFailed
from qbitproxy.core.repair import Scope, State
from qbitproxy.core.torrent import Failed
from qbitproxy.files import Disk
from qbitproxy.files.mounts import Looks
from qbitproxy.outbox import Outbox
from qbitproxy.repairs import Repairs
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.store import Store
from qbitproxy.workers.hands import Hands, LinkInquiry, ProviderHand
from qbitproxy.workers.notices import Notices
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.repair import Repair
from qbitproxy.workers.ward import RepairRules, Ward
from tests.support import EagerClock, a_library
from tests.workers.desk import steps_taken
from tests.workers.frail_service import (
    CONTENT,
    Asked,
    FrailService,
    Fuse,
    Killed,
    Rot,
    a_cdn,
    name_of,
    release_of,
)
from tests.workers.lying_arr import LyingArr, OneArr

T = TypeVar("T")
SCOPE = Scope(("arr",))
EVERYTHING = ContentRules(extensions=frozenset(), skip_samples=False)
SERVICES = {"one": Asked.LIST, "two": Asked.CHECK, "three": Asked.LINK}
HOLDERS = ("one", "one", "two", "one", "one", "two", "one", "three")
"""Who holds a release at first, over and over."""

SIZES = (1, 1, 3)  # files of a release, over and over
ASKED_AT_ONCE = 10
LONGEST = 3000  # steps of a night


class MortalStore(Store):
    """Is killed before or after what it writes."""

    def __init__(self, path: Path, fuse: Fuse) -> None:
        super().__init__(path)
        self._fuse = fuse

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        self._fuse.burn()
        result = await super().write(change)
        self._fuse.burn()
        return result


class World:
    """A library of links to three services, with repair."""

    def __init__(self, folder: Path, files: int, *, page: int, per_file: bool) -> None:
        """`page` is how many files the Arr shows at once; `per_file` how repair asks."""
        self.folder, self.fuse, self.clock, self.per_file = folder, Fuse(), EagerClock(), per_file
        self.contents: dict[int, tuple[str, ...]] = {}  # release -> its files
        self.services = {
            name: FrailService(name, folder / name, asked, self.contents, self.clock, self.fuse)
            for name, asked in SERVICES.items()
        }
        self.media = folder / "media"
        self.media.mkdir()
        self.arr = LyingArr(self.media, page, self.fuse, self.release_of)
        self.arr.must_stay = self._lives_for_the_library
        for service in self.services.values():
            service.must_stay = partial(self._in_use, service)
        self._ids, self._releases = count(1), count(1)
        self._imported: dict[int, int] = {}  # file -> the release that it was imported from
        while len(self.arr.files) < files:
            self.bring()
        self.store = MortalStore(folder / "repairs.db", self.fuse)
        self.hands: Hands
        self._broke: list[str] = []  # steps that ended in a bug

    # -- the truth

    def bring(self, path: Path | None = None) -> list[LibraryFile]:
        """Have the Arr import a new release; of one file when `path` says where to."""
        release = next(self._releases)
        files = 1 if path is not None else SIZES[release % len(SIZES)]
        self.contents[release] = tuple(f"{release}.{number}.mkv" for number in range(files))
        service = self.services[HOLDERS[release % len(HOLDERS)]]
        service.hold(release)
        brought = []
        for name in self.contents[release]:
            link = path or self.media / name
            link.symlink_to(service.mount / name_of(release) / name)
            number = next(self._ids)
            brought.append(
                LibraryFile(
                    arr="arr",
                    id=number,
                    media_id=release,
                    parts=(number,),
                    path=str(link),
                    ours=str(link),
                    size=len(CONTENT),
                    title=name_of(release),
                )
            )
            self._imported[number] = release
        self.arr.files |= {file.id: file for file in brought}
        self.arr.monitored_parts |= {file.id for file in brought}
        return brought

    def upgrade(self, file: LibraryFile, *, in_place: bool) -> None:
        """Have the Arr put a file of another release in the place of one."""
        self.drop(file)
        self.bring(Path(file.ours) if in_place else self.media / f"better.{file.id}.mkv")

    def drop(self, file: LibraryFile) -> None:
        """Have a person delete a file at the Arr."""
        del self.arr.files[file.id]
        Path(file.ours).unlink()

    def release_of(self, file: LibraryFile) -> int:
        return self._imported[file.id]

    def lives(self, file: LibraryFile) -> bool:
        """Whether some service has what the library's file leads to."""
        path = Path(file.ours)
        if not path.is_symlink():
            return False
        target = path.readlink()
        return any(
            service.lives(release_of(target.parent.name), target.name)
            for service in self.services.values()
            if target.is_relative_to(service.mount)
        )

    def dead(self) -> list[LibraryFile]:
        """The files of the library of which nothing can be played."""
        return [file for file in self.arr.files.values() if not self.lives(file)]

    def rot(self, release: int, rot: Rot, *, whole: bool) -> None:
        """Let a release rot wherever it is held; not `whole` its last file alone."""
        for file in self.contents[release][0 if whole else -1 :]:
            for service in self.services.values():
                service.rots(release, file, rot)

    def serves_anew(self, release: int) -> None:
        """Have whoever holds a release serve it once it is added again."""
        for service in self.services.values():
            if release in service.items_of:
                service.cached.add(release)

    def lose(self, release: int) -> None:
        for service in self.services.values():
            service.lose(release)

    def hide_library(self) -> None:
        self.media.rename(self.folder / "media-away")

    def all_is_well(self) -> None:
        self.fuse.lay()
        self.arr.is_well()
        for service in self.services.values():
            service.heals()
        if not self.media.exists():
            (self.folder / "media-away").rename(self.media)

    def wrongs(self) -> list[str]:
        """What was deleted or let go of although it lives, what broke within repair."""
        jobs = [job.phase.why for job in self.repairs.all() if isinstance(job.phase, JobFailed)]
        broke = [why for why in jobs if "see the log" in why] + self._broke
        services = [wrong for service in self.services.values() for wrong in service.wrongs]
        return [*self.arr.wrongs, *services, *broke]

    def _lives_for_the_library(self, file: LibraryFile) -> str:
        return "it lives" if self.lives(file) else ""

    def _in_use(self, service: FrailService, release: int) -> str:
        folder = service.mount / name_of(release)
        media = self.media if self.media.exists() else self.folder / "media-away"
        links = (path for path in media.glob("*") if path.is_symlink())
        return next((f"{path} leads to it" for path in links if path.readlink().parent == folder), "")

    # -- the process

    def begin(self) -> None:
        """Start the process."""
        self.repairs = Repairs(self.store, self.clock)
        self.ward = Ward(
            hands=self.hands,
            repairs=self.repairs,
            told=Notices(Outbox(self.store), {}),
            rules=RepairRules(per_file=self.per_file, most_per_hour=1000, patience=timedelta(minutes=5)),
            looks=Looks(timedelta(seconds=10)),
        )
        self.repair = Repair(self.ward, Pulse(self.clock))

    async def night(self, *kills: int, allowed: bool = False) -> None:
        """One job that replaces by itself, as far as it goes; `allowed` releases it when held.

        `kills` are steps after which the process ends, each to be started again.
        """
        if not self.repairs.running():
            await self.repairs.ask(SCOPE, auto=True)
        self.fuse.lay(*kills)
        for _ in range(LONGEST):
            if not self.repairs.running():
                last = self.repairs.all()[-1]
                if not allowed or last.state is not State.HELD:
                    break
                allowed = False
                await self.survived(partial(self.repairs.allow, last.id))
            if not await self.survived(self._bring_all_on):
                self.clock.advance(timedelta(minutes=1))

    async def _bring_all_on(self) -> bool:
        await self.repair.finish()
        moved = await self.repair.go_on()
        await self._bring_torrents_on()
        return moved

    async def survived(self, what: Callable[[], Awaitable[T]]) -> T | None:
        """Do it; where that ends the process, start another one."""
        try:
            return await what()
        except BaseException as end:
            if not _is_kill(end):
                raise
            while True:
                try:
                    self.begin()
                except Killed:
                    continue
                return None

    async def _bring_torrents_on(self) -> None:
        async for step, after in steps_taken(self.hands):
            if after is not None and isinstance(after.phase, Failed) and after.phase.reason is Reason.BUG:
                self._broke.append(f"{step}: {after.phase.detail}")

    def provider_hands(self) -> Iterator[tuple[str, ProviderHand]]:
        for name, service in self.services.items():
            checks = LinkInquiry(ASKED_AT_ONCE, service.check, ASKED_AT_ONCE, service.find)
            yield (
                name,
                ProviderHand(
                    provider=service,
                    mount=service.mount,
                    uncached=False,
                    poll=timedelta(seconds=15),
                    links=checks if service.asked is Asked.CHECK else None,
                    lists_losses=service.asked is Asked.LIST,
                    adds_anew=service.adds_anew,
                ),
            )


def _is_kill(end: BaseException) -> bool:
    if isinstance(end, BaseExceptionGroup):
        return all(map(_is_kill, end.exceptions))
    return isinstance(end, Killed)


@asynccontextmanager
async def a_world(
    folder: Path, files: int, *, page: int = 10, per_file: bool = False
) -> AsyncIterator[World]:
    """Everybody is well at first; nobody has looked yet."""
    world = await asyncio.to_thread(World, folder, files, page=page, per_file=per_file)
    try:
        async with (
            a_library(folder, world.clock) as library,
            a_cdn(lambda name, link: world.services[name].served(link)) as cdn,
        ):
            for service in world.services.values():
                service.cdn = cdn
            world.hands = Hands(
                library=library,
                clock=world.clock,
                disk=Disk(
                    FilesSettings(download_root=str(folder / "downloads"), keep_free=0), clock=world.clock
                ),
                providers=dict(world.provider_hands()),
                arrs=OneArr(world.arr),
                rules={"": EVERYTHING},
                patience=Patience(),
                release_downloaded=True,
            )
            world.begin()
            yield world
    finally:
        world.store.close()
