"""Premiumize's download links, the points they cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from compat.emulators.bench import Clock
from compat.emulators.cdn import ranged
from compat.emulators.premiumize_drive import Drive, File
from compat.emulators.premiumize_wire import Refused

DAY = 24 * 3600.0  # seconds
GB = 10**9  # bytes
MOST_POINTS = 1000.0
DAILY_POINTS = 30.0


@dataclass
class Points:
    """The fair use of an account: a point a gigabyte, some given back each midnight UTC."""

    left: float = MOST_POINTS
    boosters: float = 0
    day: int = 0  # days since the epoch, of the last refill

    @property
    def used(self) -> float:
        """The share of fair use that is consumed, 0 to 1."""
        return 1 - self.left / MOST_POINTS

    def pass_time(self, now: float) -> None:
        """Give back what the midnights since the last look bring."""
        today = int(now // DAY)
        if self.day:
            self.left = min(MOST_POINTS, self.left + DAILY_POINTS * (today - self.day))
        self.day = today

    def demand(self) -> None:
        """Raise Refused when nothing is left to make a link with."""
        if self.left <= 0 and self.boosters <= 0:
            raise Refused("account_limit_reached")

    def spend(self, size: int) -> None:
        """Charge `size` bytes, boosters once fair use is exhausted."""
        price = size / GB
        from_fair_use = min(price, self.left)
        self.left -= from_fair_use
        self.boosters = max(0.0, self.boosters - (price - from_fair_use))


@dataclass
class Link:
    """An address that serves an item until it is `expired`."""

    file: File
    path: str  # as it has to be asked for, byte for byte
    minted: float  # seconds since the epoch
    expired: bool = False


class Links:
    """Serves items to whoever has an address; no credentials are asked for."""

    def __init__(self, clock: Clock, drive: Drive, points: Points, link_ttl: float) -> None:
        self.clock, self.drive, self.points = clock, drive, points
        self.link_ttl = link_ttl  # seconds
        self.minted: dict[str, Link] = {}  # by path

    def mint(self, file: File, origin: str) -> str:
        """A fresh address of an item. Raises Refused when the points are spent."""
        self.points.demand()
        path = f"/dl/{self.drive.new_id()}/{quote(file.name, safe='')}"
        self.minted[path] = Link(file, path, self.clock.now())
        return origin + path

    def current(self, file: File, origin: str) -> str | None:
        """The address an item has, else a fresh one; None when the points are spent."""
        for link in self.minted.values():
            if link.file is file and self._works(link):
                return origin + link.path
        try:
            return self.mint(file, origin)
        except Refused:
            return None

    def expire(self) -> None:
        """Let every address minted so far be dead."""
        for link in self.minted.values():
            link.expired = True

    def file_at(self, raw_path: str) -> File | None:
        """The item behind an address, expired or not."""
        link = self.minted.get(raw_path)
        return link.file if link else None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with the item, by the address as it was minted: another spelling of it is not found."""
        link = self.minted.get(request.raw_path)
        if link is None or not self._is_there(link.file) or link.file.release is None:
            raise web.HTTPNotFound(text="<html><body>not found</body></html>", content_type="text/html")
        if not self._works(link):
            raise web.HTTPForbidden(text="<html><body>expired</body></html>", content_type="text/html")
        file, release = link.file, link.file.release
        content_type = str(file.as_json()["mime_type"])
        return ranged(
            request,
            file.size,
            content_type,
            lambda start, end: self._charged(release.chunks(file.path, start, end)),
        )

    def _is_there(self, file: File) -> bool:
        return not file.id or file.id in self.drive.files  # without an id it lies in no drive

    def _works(self, link: Link) -> bool:
        return not link.expired and link.minted + self.link_ttl > self.clock.now()

    def _charged(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.points.spend(len(chunk))
            yield chunk
