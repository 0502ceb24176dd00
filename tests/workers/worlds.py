"""Worlds in which everything may go wrong around repair, with the truth of what lives."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from msgspec.structs import replace

from qbitproxy.core.faults import Missing, Reason, Refusal, Unreachable
from qbitproxy.core.library_files import Grab, LibraryFile, LibraryPage, Monitored
from qbitproxy.core.plan import Patience, Wait, next_step
from qbitproxy.core.ports import Account, ItemState, Link, RemoteItem, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.core.repair import Scope
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.files import Disk
from qbitproxy.files.mounts import Looks
from qbitproxy.outbox import Outbox
from qbitproxy.repairs import Repairs
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.store import Store
from qbitproxy.workers.advance import advance_once
from qbitproxy.workers.hands import ArrHand, Hands, ProviderHand
from qbitproxy.workers.notices import Notices
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.repair import Repair
from qbitproxy.workers.ward import RepairRules, Ward
from tests.support import EagerClock, a_library

T = TypeVar("T")
SIZE = 10  # bytes of every file
PAGE = 10
SCOPE = Scope(("arr",))
EVERYTHING = ContentRules(extensions=frozenset(), skip_samples=False)


class Killed(BaseException):
    """The process is no more."""


class Fuse:
    """Ends the process after so many steps of the world."""

    def __init__(self) -> None:
        self.left = 0  # 0: never

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


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


def infohash_of(number: int) -> str:
    return f"{number:040x}"


def name_of(number: int) -> str:
    return f"Release.{number}"


class Service:
    """One account; what it truly holds is on its disk, what its mount shows may be less."""

    def __init__(self, name: str, root: Path, fuse: Fuse) -> None:
        self.name, self.root, self._fuse = name, root, fuse
        self.mount = root / "mount"
        self.mount.mkdir(parents=True)
        self.held: dict[str, int] = {}  # item id -> release
        self.cached: set[int] = set()  # releases that it would serve at once
        self.down = False
        self.half: Random | None = None  # answers with a part of its list
        self.calls = 0
        self._ids = 0

    def hold(self, number: int) -> str:
        self._ids += 1
        item = f"{self.name}-item-{self._ids}"
        self.held[item] = number
        if not self.unmounted:
            self._show(number)
        return item

    def lose(self, number: int) -> None:
        self.held = {item: one for item, one in self.held.items() if one != number}
        file = self.mount / name_of(number) / "file.mkv"
        if file.exists():
            file.unlink()
            file.parent.rmdir()

    def lives(self, number: int) -> bool:
        return number in self.held.values()

    @property
    def unmounted(self) -> bool:
        return not self.mount.exists() or (self.root / "away").exists()

    def unmount(self) -> None:
        if not self.unmounted:
            self.mount.rename(self.root / "away")
            self.mount.mkdir()

    def remount(self) -> None:
        if self.unmounted:
            self.mount.rmdir()
            (self.root / "away").rename(self.mount)
            for number in self.held.values():
                self._show(number)
            for folder in list(self.mount.iterdir()):
                number = int(folder.name.rpartition(".")[2])
                if not self.lives(number):
                    self.lose(number)

    def _show(self, number: int) -> None:
        folder = self.mount / name_of(number)
        folder.mkdir(exist_ok=True)
        (folder / "file.mkv").write_bytes(b"x" * SIZE)

    # -- the port

    def _answer(self) -> None:
        self._fuse.burn()
        self.calls += 1
        if self.down:
            raise Unreachable(self.name, "HTTP 503")

    def _item(self, item: str) -> RemoteItem:
        number = self.held[item]
        return RemoteItem(
            id=item,
            infohash=infohash_of(number),
            name=name_of(number),
            state=ItemState.DONE,
            progress=1.0,
            size=SIZE,
            files=(RemoteFile(id="1", path="file.mkv", size=SIZE),),
        )

    async def account(self) -> Account:
        self._answer()
        return Account(user="u", premium_until=None)

    async def items(self) -> list[RemoteItem]:
        self._answer()
        items = [replace(self._item(item), files=None) for item in self.held]
        return items if self.half is None else self.half.sample(items, len(items) // 2)

    async def submit(self, source: Source, rules: ContentRules) -> RemoteItem:
        self._answer()
        number = int(source.infohash, 16)
        for item, held in self.held.items():
            if held == number:
                return replace(self._item(item), adopted=True)
        if number not in self.cached:
            raise Refusal(self.name, "not cached", reason=Reason.NOT_CACHED)
        return self._item(self.hold(number))

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        self._answer()
        if item_id not in self.held:
            raise Missing(self.name, "gone")
        return self._item(item_id)

    async def link(self, file: RemoteFile) -> Link:
        raise Unreachable(self.name, "no links here")

    async def release(self, item_id: str) -> None:
        self._answer()
        assert item_id not in self.held, "repair lets go of nothing that lives"


class LyingArr:
    """An Arr whose answers may be wrong; it knows what must not be deleted."""

    def __init__(self, world: World, fuse: Fuse) -> None:
        self._world, self._fuse = world, fuse
        self.files: dict[int, LibraryFile] = {}
        self.monitored_parts: set[int] = set()
        self.blocked: set[int] = set()
        self.searched: set[int] = set()
        self.down = False
        self.forgetful = False  # shows half of its library
        self.empty = False

    def _answer(self) -> None:
        self._fuse.burn()
        if self.down:
            raise Unreachable("arr", "HTTP 500")

    async def library(self, after: str = "", media_ids: Sequence[int] = ()) -> LibraryPage:
        self._answer()
        known = [file for number, file in sorted(self.files.items()) if number > int(after or 0)]
        if media_ids:
            known = [file for file in known if file.media_id in media_ids]
        elif self.empty:
            known = []
        page = known[:PAGE]
        last = str(page[-1].id) if len(known) > PAGE else ""
        shown = page[::2] if self.forgetful and not media_ids else page
        return LibraryPage(tuple(shown), last)

    async def grab_of(self, file: LibraryFile) -> Grab | None:
        self._answer()
        infohash = infohash_of(file.media_id)
        return Grab(id=1, infohash=infohash, title=file.title, failed=False)

    async def monitored(self, file: LibraryFile) -> Monitored:
        self._answer()
        return Monitored(tuple(part for part in file.parts if part in self.monitored_parts))

    async def delete_file(self, file: LibraryFile) -> None:
        self._answer()
        if file.id not in self.files:
            return
        if self.files[file.id] != file:
            raise Missing("arr", "another file")
        assert not self._world.lives(file.media_id), f"{file.path} lives, and was deleted"
        del self.files[file.id]
        self.monitored_parts -= set(file.parts)
        await asyncio.to_thread(Path(file.ours).unlink, missing_ok=True)

    async def block(self, file: LibraryFile) -> bool:
        self._answer()
        self.blocked.add(file.media_id)
        return True

    async def restore(self, monitored: Monitored) -> None:
        self._answer()
        self.monitored_parts |= set(monitored.parts)

    async def search(self, files: Sequence[LibraryFile]) -> None:
        self._answer()
        self.searched |= {file.media_id for file in files}


class OneArr:
    """Finds the only Arr."""

    def __init__(self, arr: Any) -> None:
        self._hand = ArrHand(
            arr=arr, uncached=None, confirm=False, report=False, report_limit=0, refresh=False
        )

    def hand(self, name: str) -> ArrHand | None:
        return self._hand if name == "arr" else None

    def kind(self, name: str) -> str:
        return ""


class World:
    """A library of links to two services, with repair; `files` are numbered from 1, one release each."""

    def __init__(self, folder: Path, files: int) -> None:
        self.folder, self.fuse, self.clock = folder, Fuse(), EagerClock()
        self.services = {name: Service(name, folder / name, self.fuse) for name in ("one", "two")}
        self.arr = LyingArr(self, self.fuse)
        self.media = folder / "media"
        self.media.mkdir()
        for number in range(1, files + 1):
            self.services["one"].hold(number)
            path = self.media / f"{number}.mkv"
            path.symlink_to(self.services["one"].mount / name_of(number) / "file.mkv")
            self.arr.files[number] = LibraryFile(
                arr="arr",
                id=number,
                media_id=number,
                parts=(number,),
                path=str(path),
                ours=str(path),
                size=SIZE,
                title=name_of(number),
            )
        self.arr.monitored_parts = set(self.arr.files)
        self.store = MortalStore(folder / "repairs.db", self.fuse)
        self.hands: Hands

    def lives(self, number: int) -> bool:
        """Whether some service has what the library's file leads to."""
        path = self.media / f"{number}.mkv"
        return path.is_symlink() and any(
            service.lives(number) and path.readlink().is_relative_to(service.mount)
            for service in self.services.values()
        )

    def all_is_well(self) -> None:
        self.fuse.left = 0
        self.arr.down = self.arr.forgetful = self.arr.empty = False
        for service in self.services.values():
            service.down, service.half = False, None
            service.remount()

    def begin(self) -> None:
        """Start the process."""
        self.repairs = Repairs(self.store, self.clock)
        ward = Ward(
            hands=self.hands,
            repairs=self.repairs,
            told=Notices(Outbox(self.store), {}),
            rules=RepairRules(most_per_hour=1000, patience=timedelta(minutes=5)),
            looks=Looks(timedelta(seconds=10)),
        )
        self.repair = Repair(ward, Pulse(self.clock))

    async def night(self, *, killed_after: int = 0, allowed: bool = False) -> None:
        """One job that replaces by itself, as far as it goes; `allowed` releases it when held."""
        if not self.repairs.running():
            await self.repairs.ask(SCOPE, auto=True)
        self.fuse.left = killed_after
        for _ in range(600):
            if not self.repairs.running():
                held = [job for job in self.repairs.all() if job.state == "held"]
                if not (allowed and held):
                    break
                allowed = False
                await self._survived(partial(self.repairs.allow, held[-1].id))
            await self.step()

    async def step(self) -> None:
        await self._survived(self._bring_all_on)
        self.clock.advance(timedelta(minutes=1))

    async def _bring_all_on(self) -> None:
        await self.repair.finish()
        await self.repair.go_on()
        await self._bring_torrents_on()

    async def _survived(self, what: Callable[[], Awaitable[object]]) -> None:
        """Do it; where that ends the process, start another one."""
        try:
            await what()
        except BaseException as end:
            if not _is_kill(end):
                raise
            self.fuse.left = 0
            self.begin()

    async def _bring_torrents_on(self) -> None:
        for torrent in self.hands.library.all():
            for _ in range(10):
                now = self.hands.library.get(torrent.id)
                step = next_step(now, self.hands.world(now)) if now is not None else Wait()
                if now is None or isinstance(step, Wait):
                    break
                await advance_once(now, step, self.hands)


def _is_kill(end: BaseException) -> bool:
    if isinstance(end, BaseExceptionGroup):
        return all(map(_is_kill, end.exceptions))
    return isinstance(end, Killed)


@asynccontextmanager
async def a_world(folder: Path, files: int) -> AsyncIterator[World]:
    world = await asyncio.to_thread(World, folder, files)
    try:
        async with a_library(folder, world.clock) as library:
            world.hands = Hands(
                library=library,
                clock=world.clock,
                disk=Disk(
                    FilesSettings(download_root=str(folder / "downloads"), keep_free=0), clock=world.clock
                ),
                providers={
                    name: ProviderHand(
                        provider=service,
                        mount=service.mount,
                        uncached=False,
                        poll=timedelta(seconds=15),
                        lists_losses=True,
                    )
                    for name, service in world.services.items()
                },
                arrs=OneArr(world.arr),
                rules={"": EVERYTHING},
                patience=Patience(),
                release_downloaded=True,
            )
            world.begin()
            yield world
    finally:
        world.store.close()
