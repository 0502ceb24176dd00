"""A debrid account whose service may fail in every way, with the truth of what it still serves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from random import Random
from typing import TypeVar

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.faults import Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import Account, ItemState, Link, RemoteItem, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.core.verdict import Word
from tests.support import EagerClock

T = TypeVar("T")
CONTENT = b"x" * 10  # of every file
TIMED_OUT = timedelta(seconds=40)


class Killed(BaseException):
    """The process is no more."""


class Fuse:
    """Ends the process after so many steps of the world, then again after so many more."""

    def __init__(self) -> None:
        self._left: list[int] = []

    def lay(self, *steps: int) -> None:
        """Let the process end after each of these; none: never."""
        self._left = list(steps)

    def burn(self) -> None:
        if not self._left:
            return
        self._left[0] -= 1
        if self._left[0] <= 0:
            del self._left[0]
            raise Killed


class Asked(Enum):
    """How the service tells what became of a file."""

    LIST = auto()  # its list does not show what it lost
    CHECK = auto()  # links can be checked
    LINK = auto()  # nothing but fetching tells


class Rot(Enum):
    """What is wrong with a file of an item that the service lists all the same."""

    EXPIRED = auto()  # dead, as a check says
    WITHHELD = auto()
    VANISHED = auto()  # dead; a check is not to be relied on
    EMPTY = auto()  # a link is to be had, and leads nowhere
    # these live
    DOUBTED = auto()  # a check says no, fetching does not work today
    MUTE = auto()  # no answer
    SLANDERED = auto()  # a check says that it is dead, fetching works


DEAD = (Rot.EXPIRED, Rot.WITHHELD, Rot.VANISHED, Rot.EMPTY)
ALIVE = tuple(rot for rot in Rot if rot not in DEAD)

SAID = {
    Rot.EXPIRED: Word.DEAD,
    Rot.WITHHELD: Word.WITHHELD,
    Rot.VANISHED: Word.DOUBTED,
    Rot.EMPTY: Word.DEAD,
    Rot.DOUBTED: Word.DOUBTED,
    Rot.MUTE: Word.UNSURE,
    Rot.SLANDERED: Word.DEAD,
}


def infohash_of(release: int) -> str:
    return f"{release:040x}"


def name_of(release: int) -> str:
    return f"Release.{release}"


def release_of(name: str) -> int:
    return int(name.rpartition(".")[2])


class FrailService:
    """One account. What it truly holds is here; what its mount shows may be less."""

    def __init__(
        self,
        name: str,
        root: Path,
        asked: Asked,
        contents: Mapping[int, Sequence[str]],
        clock: EagerClock,
        fuse: Fuse,
    ) -> None:
        """`contents` are the files of all releases there are."""
        self.name, self.root, self.asked = name, root, asked
        self._contents, self._clock, self._fuse = contents, clock, fuse
        self.mount = root / "mount"
        self.mount.mkdir(parents=True)
        self.items_of: dict[int, list[str]] = {}  # release -> ids
        self._held: dict[str, int] = {}  # the other way round
        self._rot: dict[str, dict[str, Rot]] = defaultdict(dict)  # item -> file -> what is wrong with it
        self.cached: set[int] = set()  # releases that it would serve at once
        self.down = False
        self.half: Random | None = None  # answers with a part of its list, and not about every link
        self.hangs: Random | None = None  # now and then an answer breaks off half-way
        self.calls: Counter[str] = Counter()
        self.asked_about: Counter[str] = Counter()  # links
        self.cdn = ""
        self.must_stay: Callable[[int], str] = lambda release: ""  # why, where it must
        self.wrongs: list[str] = []  # what must never have been asked for
        self._ids = 0
        self._unshown: set[int] = set()  # releases that changed while nothing was mounted
        self._list: list[RemoteItem] = []  # as last made, until something changes

    # -- the truth

    def hold(self, release: int) -> str:
        self._ids += 1
        item = f"{self.name}-item-{self._ids}"
        self._held[item] = release
        self.items_of.setdefault(release, []).append(item)
        self._show(release)
        return item

    def lose(self, release: int) -> None:
        """Drop every item of a release."""
        for item in self.items_of.pop(release, ()):
            del self._held[item]
            self._rot.pop(item, None)
        self._show(release)

    def rots(self, release: int, file: str, rot: Rot) -> None:
        for item in self.items_of.get(release, ()):
            self._rot[item][file] = rot
            self._show(release)

    def heals(self) -> None:
        """Be honest, with everybody who can be asked; what is dead stays dead."""
        self.down, self.half, self.hangs = False, None, None
        for item, files in self._rot.items():
            self._rot[item] = {file: rot for file, rot in files.items() if rot in DEAD}
        self.remount()

    def lives(self, release: int, file: str) -> bool:
        return any(self._rot[item].get(file) not in DEAD for item in self.items_of.get(release, ()))

    def ruins(self) -> int:
        """How many items it holds without serving all of them."""
        return sum(bool(set(DEAD) & set(self._rot[item].values())) for item in self._held)

    @property
    def adds_anew(self) -> bool:
        """Whether it holds a torrent as often as it is added."""
        return self.asked is Asked.CHECK

    @property
    def unmounted(self) -> bool:
        return (self.root / "away").exists()

    def unmount(self) -> None:
        if not self.unmounted:
            self.mount.rename(self.root / "away")
            self.mount.mkdir()

    def remount(self) -> None:
        if self.unmounted:
            self.mount.rmdir()
            (self.root / "away").rename(self.mount)
            while self._unshown:
                self._show(self._unshown.pop())

    def _show(self, release: int) -> None:
        """Have list and mount show a release as it is; of what is dead no byte can be read."""
        self._list = []
        if self.unmounted:
            self._unshown.add(release)
            return
        folder = self.mount / name_of(release)
        if release not in self.items_of:
            for path in folder.glob("*"):
                path.unlink()
            if folder.exists():
                folder.rmdir()
            return
        folder.mkdir(exist_ok=True)
        for file in self._contents[release]:
            (folder / file).write_bytes(CONTENT if self.lives(release, file) else b"")

    # -- the port

    async def _answer(self, verb: str) -> None:
        self._fuse.burn()
        self.calls[verb] += 1
        if self.down:
            raise Unreachable(self.name, "HTTP 503")
        if self.hangs is not None and self.hangs.random() < 0.3:
            await self._clock.sleep(TIMED_OUT)
            raise Unreachable(self.name, "the answer broke off")

    def _item(self, item: str) -> RemoteItem:
        release = self._held[item]
        files = tuple(
            RemoteFile(id=file, path=file, size=len(CONTENT), link=f"{item}/{file}")
            for file in self._contents[release]
        )
        failed = self.asked is Asked.LIST and bool(set(DEAD) & set(self._rot[item].values()))
        return RemoteItem(
            id=item,
            infohash=infohash_of(release),
            name=name_of(release),
            state=ItemState.FAILED if failed else ItemState.DONE,
            progress=1.0,
            size=len(CONTENT) * len(files),
            files=files,
            link=files[0].link if self.asked is Asked.CHECK and release % 2 else "",
        )

    async def account(self) -> Account:
        await self._answer("account")
        return Account(user="u", premium_until=None)

    async def items(self) -> list[RemoteItem]:
        await self._answer("items")
        self._list = self._list or [replace(self._item(item), files=None) for item in self._held]
        return self._part(self._list)

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        await self._answer("submit")
        release = int(source.infohash, 16)
        for item in map(self._item, self.items_of.get(release, ())):
            if item.id not in without and item.state is ItemState.DONE:
                return replace(item, adopted=True)
        if without and not self.adds_anew:
            raise Refusal(self.name, "it would give back what it holds")
        if release not in self.cached:
            raise Refusal(self.name, "not cached", reason=Reason.NOT_CACHED)
        if not self.adds_anew:
            self.lose(release)
        return self._item(self.hold(release))

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        await self._answer("contents")
        if item_id not in self._held:
            raise Missing(self.name, "gone")
        item = self._item(item_id)
        if item.state is ItemState.FAILED:
            raise Missing(self.name, "failed")
        return item

    async def link(self, file: RemoteFile) -> Link:
        await self._answer("link")
        held, rot = self._told(file.link)
        if not held or rot in (Rot.EXPIRED, Rot.VANISHED):
            raise Missing(self.name, "no such file")
        if rot is Rot.WITHHELD:
            raise Refusal(self.name, "taken down", reason=Reason.FILTERED_BY_PROVIDER)
        if rot in (Rot.DOUBTED, Rot.MUTE):
            raise Unreachable(self.name, "not today")
        return Link(url=f"{self.cdn}/{self.name}/{file.link}", size=file.size)

    async def check(self, links: Sequence[str]) -> Mapping[str, Word]:
        """What it says of links; one of an item that is gone is dead."""
        await self._answer("check")
        self.asked_about.update(links)
        said = {
            link: SAID[rot] if rot else Word.ALIVE if held else Word.DEAD
            for link, (held, rot) in ((link, self._told(link)) for link in links)
        }
        return {link: said[link] for link in self._part(list(said))}

    async def find(self, ids: Sequence[str]) -> Mapping[str, str]:
        """A link of each item that it holds."""
        await self._answer("find")
        held = [item for item in ids if item in self._held]
        return {item: self._item(item).files[0].link for item in self._part(held)}

    async def release(self, item_id: str) -> None:
        await self._answer("release")
        if item_id not in self._held:
            return
        release = self._held.pop(item_id)
        lived = {file for file in self._contents[release] if self.lives(release, file)}
        self.items_of[release].remove(item_id)
        if not self.items_of[release]:
            del self.items_of[release]
        self._show(release)
        if any(not self.lives(release, file) for file in lived) and (why := self.must_stay(release)):
            self.wrongs.append(f"{name_of(release)} was let go of: {why}")

    def _part(self, whole: list[T]) -> list[T]:
        """All of it, of a service that answers by halves half of it or nearly all."""
        if self.half is None:
            return list(whole)
        return self.half.sample(whole, int(len(whole) * self.half.choice((0.5, 0.9, 0.95))))

    def served(self, link: str) -> bool:
        """Whether a link that was handed out leads to bytes."""
        held, rot = self._told(link)
        return held and rot not in DEAD

    def _told(self, link: str) -> tuple[bool, Rot | None]:
        """Whether the item of a link is held, what is wrong with its file."""
        item, _, file = link.partition("/")
        return item in self._held, self._rot[item].get(file)


@asynccontextmanager
async def a_cdn(served: Callable[[str, str], bool]) -> AsyncIterator[str]:
    """Where links lead: to bytes where `served` says so of the name of an account and its link."""

    async def fetch(request: web.Request) -> web.Response:
        name, _, link = request.path.strip("/").partition("/")
        return web.Response(body=CONTENT) if served(name, link) else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", fetch)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
