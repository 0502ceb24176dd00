"""The links of an AllDebrid account: of files, unlocked for a while, served."""

from __future__ import annotations

import mimetypes
import random
import string
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from compat.content import Release
from compat.emulators.alldebrid_items import Item
from compat.emulators.alldebrid_wire import Refused
from compat.emulators.bench import Clock
from compat.emulators.cdn import ranged

PREFIX = "https://alldebrid.com/f/"
DAY = 24 * 3600.0  # seconds
DELAYED, DELIVERED = 1, 2


@dataclass(frozen=True)
class Link:
    """One file of some content; it outlives the magnet, not the content."""

    url: str
    magnet: int  # the one it was made for
    infohash: str
    path: str  # within `release`
    size: int  # bytes
    release: Release | None

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Unlocked:
    """One unlocked link. Its address serves the file until it expires; the repr keeps it secret."""

    id: str
    link: Link
    release: Release
    origin: str
    made: float  # seconds since the epoch

    def __repr__(self) -> str:
        return f"Unlocked({self.link.filename!r})"

    @property
    def url(self) -> str:
        return f"{self.origin}/dl/{self.id}/{quote(self.link.filename)}"


@dataclass
class Waiting:
    """An address that is still being made."""

    unlocked: Unlocked
    looks: int  # that it still takes


class Links:
    """Every link there is, the addresses made of them, the server behind these.

    `delay` is how often an address has to be asked for before it is there, 0: it comes at once.
    """

    def __init__(self, clock: Clock, link_ttl: float, connections: int, max_chunks: int) -> None:
        self.clock = clock
        self.link_ttl = link_ttl  # seconds
        self.connections = connections  # that the account may have at a time
        self.max_chunks = max_chunks  # connections for one file, as the service advises
        self.delay = 0
        self._links: dict[str, Link] = {}
        self._down: set[str] = set()
        self._unlocked: dict[str, Unlocked] = {}
        self._waiting: dict[str, Waiting] = {}
        self._open = 0
        self._random = random.Random(13)

    def of(self, item: Item) -> Mapping[str, str]:
        """The links of a ready magnet by path: the same ones for every magnet while they are good."""
        known = {
            link.path: link.url
            for link in self._links.values()
            if link.infohash == item.infohash and (link.url not in self._down or link.magnet == item.id)
        }
        for path, size in item.files:
            if path not in known:
                url = PREFIX + self._new_id(9)
                self._links[url] = Link(url, item.id, item.infohash, path, size, item.release)
                known[path] = url
        return known

    def find(self, url: str) -> Link:
        """Return a link that has its file. Raises Refused."""
        if not url:
            raise Refused("LINK_IS_MISSING")
        if not url.startswith(PREFIX):
            raise Refused("LINK_HOST_NOT_SUPPORTED")
        if url not in self._links or url in self._down:
            raise Refused("LINK_DOWN")
        return self._links[url]

    def infohash(self, url: str) -> str | None:
        """Which torrent a link is of."""
        return self._links[url].infohash if url in self._links else None

    def lose(self, infohash: str) -> None:
        """Let all links of some content be down that there are so far."""
        self._down |= {url for url, link in self._links.items() if link.infohash == infohash}

    def unlock(self, link: Link, origin: str) -> dict[str, object]:
        """What unlocking answers. Raises Refused where there are no bytes behind the link."""
        if link.release is None:
            raise Refused("LINK_DOWN")
        unlocked = Unlocked(self._new_id(11).lower(), link, link.release, origin, self.clock.now())
        answer: dict[str, object] = {
            "link": unlocked.url,
            "host": "magnet",
            "filename": link.filename,
            "streaming": [],
            "streams": [],
            "paws": False,
            "filesize": link.size,
            "id": unlocked.id,
            "hostDomain": "alldebrid.com",
            "path": link.path.split("/") if "/" in link.path else "",
            "max_chunks": self.max_chunks,
        }
        if not self.delay:
            self._unlocked[unlocked.id] = unlocked
            return answer
        number = len(self._waiting) + 1
        self._waiting[str(number)] = Waiting(unlocked, self.delay)
        return answer | {"link": "", "delayed": number}

    def delayed(self, number: str) -> dict[str, object]:
        """How far an address is that takes a while. Raises Refused."""
        waiting = self._waiting.get(number)
        if waiting is None:
            raise Refused("DELAYED_INVALID_ID")
        waiting.looks -= 1
        if waiting.looks > 0:
            return {"status": DELAYED, "time_left": 5 * waiting.looks}
        unlocked = self._waiting.pop(number).unlocked
        self._unlocked[unlocked.id] = unlocked
        return {"status": DELIVERED, "time_left": 0, "link": unlocked.url}

    def expire(self) -> None:
        """Let every address made so far be dead."""
        self._unlocked.clear()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer GET or HEAD with the file, or with the one range of it that was asked for."""
        unlocked = self._unlocked.get(request.match_info["id"])
        if unlocked is None or unlocked.link.filename != request.match_info["name"]:
            raise web.HTTPNotFound(text="Not found")
        if unlocked.made + self.link_ttl <= self.clock.now():
            raise web.HTTPGone(text="Gone")
        if self._open >= self.connections:
            raise web.HTTPTooManyRequests(text="Too many connections")
        release, link = unlocked.release, unlocked.link
        return ranged(
            request,
            link.size,
            mimetypes.guess_type(link.filename)[0] or "application/octet-stream",
            lambda start, end: release.chunks(link.path, start, end),
            begun=lambda: self._count(1),
            sent=lambda: self._count(-1),
        )

    def _count(self, change: int) -> None:
        self._open += change

    def _new_id(self, length: int) -> str:
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=length))
