"""The servers behind Debrid-Link's addresses: whoever has one needs nothing else."""

from __future__ import annotations

import mimetypes
import random
import string
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from compat.content import Release
from compat.emulators.bench import Clock
from compat.emulators.cdn import ranged
from compat.emulators.debridlink_items import Item


@dataclass
class Address:
    """Where one file is served, also after its torrent was removed; the repr keeps it secret."""

    word: str
    item: Item
    release: Release
    path: str  # within `release`
    made: float  # seconds since the epoch

    def __repr__(self) -> str:
        return f"Address({self.path!r})"

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Cdn:
    """Serves bytes to whoever has an address."""

    def __init__(self, clock: Clock, url_ttl: float | None) -> None:
        self.clock = clock
        self.url_ttl = url_ttl  # seconds, None: for ever
        self.gone_status = 404
        self._addresses: dict[str, Address] = {}
        self._random = random.Random(29)

    def url(self, origin: str, item: Item, file_id: str, release: Release, path: str) -> str:
        """The address of a file: the same one for as long as it serves, a new one afterwards."""
        word = item.addresses.get(file_id, "")
        address = self._addresses.get(word)
        if address is None or not (self._serves(address) or item.lost):
            word = "".join(self._random.choices(string.ascii_letters + string.digits, k=40))
            address = self._addresses[word] = Address(word, item, release, path, self.clock.now())
            item.addresses[file_id] = word
        return f"{origin}/dl/{word}/{quote(address.name)}"

    def expire(self) -> None:
        """Let every address made so far be dead; listings make new ones."""
        for address in self._addresses.values():
            address.made = float("-inf")

    def infohash_of(self, word: str) -> str | None:
        """Say whose file an address leads to."""
        address = self._addresses.get(word)
        return address.item.infohash if address else None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer GET or HEAD with the file, or with the one range of it that was asked for."""
        address = self._addresses.get(request.match_info["word"])
        if address is None or address.name != request.match_info["name"] or address.item.lost:
            return _page(404)
        if not self._serves(address):
            return _page(self.gone_status)
        release, path = address.release, address.path
        return ranged(
            request,
            release.files[path],
            mimetypes.guess_type(path)[0] or "application/octet-stream",
            lambda start, end: release.chunks(path, start, end),
        )

    def _serves(self, address: Address) -> bool:
        lives = float("inf") if self.url_ttl is None else self.url_ttl
        return address.made > float("-inf") and address.made + lives > self.clock.now()


def _page(status: int) -> web.Response:
    page = f"<!DOCTYPE html><html><body><h1>{status}</h1></body></html>"
    return web.Response(status=status, text=page, content_type="text/html")
