"""The addresses at which TorBox's servers give the files of a torrent."""

from __future__ import annotations

import mimetypes
import random
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from compat.emulators.bench import Clock
from compat.emulators.cdn import ranged
from compat.emulators.torbox_items import KEPT, Item
from compat.emulators.torbox_wire import Refused

START_WINDOW = 3 * 3600.0  # seconds in which a download has to begin
SAME_FOR = 60.0  # seconds for which asking again gives the same address


@dataclass(frozen=True)
class Address:
    """One link. It is a secret; the repr keeps it."""

    id: str
    token: str
    item: Item
    path: str  # "" for all files in one archive
    size: int  # bytes
    made: float  # seconds since the epoch

    def __repr__(self) -> str:
        return f"Address({self.path!r})"

    @property
    def target(self) -> str:
        """Path and query below the server's origin."""
        return f"/{'dld' if self.path else 'zip'}/{self.id}?token={self.token}"


class Links:
    """Makes addresses, serves what is behind them; no other credentials are asked for."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.warm_up = 0.0  # seconds in which a new address is not known yet
        self.connections = 4  # downloads of a file at a time
        self.head = True  # whether HEAD is answered
        self._addresses: dict[str, Address] = {}
        self._open: Counter[str] = Counter()
        self._random = random.Random(17)

    def offer(self, item: Item, file_id: int, *, zipped: bool) -> Address:
        """Make an address. Raises Refused where there are no bytes behind it."""
        path = "" if zipped else item.path_of(file_id)
        if path is None:
            raise Refused("ITEM_NOT_FOUND")
        if not item.present or item.release is None:
            raise Refused("UNKNOWN_ERROR", "This torrent is not ready yet.", status=400, error=None)
        barred = item.paths if zipped else [path]
        if any(item.is_infected(each) for each in barred):
            raise Refused("NOT_ALLOWED", "This file is infected.", status=400)
        now = self.clock.now()
        item.expires = now + KEPT
        for address in self._addresses.values():
            if address.item is item and address.path == path and address.made + SAME_FOR > now:
                return address
        size = item.size if zipped else item.release.files[path]
        address = Address(self._uuid(), self._uuid(), item, path, size, now)
        self._addresses[address.id] = address
        return address

    def expire(self) -> None:
        """Let every address made so far be dead."""
        self._addresses.clear()

    def infohash_of(self, address_id: str) -> str | None:
        """Which torrent an address is of."""
        address = self._addresses.get(address_id)
        return address.item.infohash if address else None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer GET or HEAD with the file, or with the one range of it that was asked for."""
        address = self._addresses.get(request.match_info["id"])
        if request.method == "HEAD" and not self.head:
            return web.Response(status=405)
        if address is None or not self._holds(address, request.query.get("token", "")):
            return web.Response(status=400, text="Invalid Presigned Token")
        release = address.item.release
        if not address.item.present or release is None:
            return web.Response(status=404, text="Not Found")
        if self._open[address.id] >= self.connections:
            return web.Response(status=429, text="Too many connections")
        if not address.path:
            return self._zip(address)
        of_address, path = [address.id], address.path
        return ranged(
            request,
            address.size,
            mimetypes.guess_type(path)[0] or "application/octet-stream",
            lambda start, end: release.chunks(path, start, end),
            begun=lambda: self._open.update(of_address),
            sent=lambda: self._open.subtract(of_address),
        )

    def _holds(self, address: Address, token: str) -> bool:
        age = self.clock.now() - address.made
        return token == address.token and self.warm_up <= age < START_WINDOW

    def _zip(self, address: Address) -> web.Response:
        """An archive of no length that anybody could know before."""
        return web.Response(body=b"PK\x03\x04" + bytes(64), content_type="application/zip")

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))
