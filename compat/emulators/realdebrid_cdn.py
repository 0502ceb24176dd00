"""The downloads of a Real-Debrid account: unrestricted links, the servers behind them."""

from __future__ import annotations

import mimetypes
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from compat.content import Release
from compat.emulators.bench import Clock
from compat.emulators.cdn import ranged
from compat.emulators.realdebrid_items import VIDEO
from compat.emulators.realdebrid_torrents import Link
from compat.emulators.realdebrid_wire import Refused, date

WEEK = 7 * 24 * 3600.0  # seconds


@dataclass
class Download:
    """One unrestricted link. Its address serves the file until it expires; the repr keeps it secret."""

    id: str
    link: Link
    release: Release
    origin: str
    generated: float  # seconds since the epoch
    chunks: int  # connections at a time

    def __repr__(self) -> str:
        return f"Download({self.link.filename!r})"

    @property
    def url(self) -> str:
        return f"{self.origin}/d/{self.id}/{quote(self.link.filename)}"

    @property
    def content_type(self) -> str:
        return mimetypes.guess_type(self.link.filename)[0] or "application/octet-stream"

    def as_json(self) -> dict[str, object]:
        """The fields that unrestricting and the list of downloads have in common."""
        return {
            "id": self.id,
            "filename": self.link.filename,
            "mimeType": self.content_type,
            "filesize": self.link.size,
            "link": self.link.url,
            "host": "real-debrid.com",
            "host_icon": f"{self.origin}/images/hosters/realdebrid.png",
            "chunks": self.chunks,
            "download": self.url,
            "streamable": int("." + self.link.filename.rpartition(".")[2].lower() in VIDEO),
        }


class Cdn:
    """Serves bytes to whoever has an address; no credentials are asked for."""

    def __init__(self, clock: Clock, link_ttl: float, chunks: int) -> None:
        self.clock = clock
        self.link_ttl = link_ttl  # seconds
        self.chunks = chunks  # connections a download may have at a time
        self.downloads: list[Download] = []  # newest first
        self.traffic: Counter[str] = Counter()  # bytes served, by day
        self._open: Counter[str] = Counter()

    def offer(self, link: Link, download_id: str, origin: str) -> Download:
        """Make an address for a link. Raises Refused where there are no bytes behind it."""
        if link.release is None or link.item.lost:
            raise Refused(19)
        download = Download(download_id, link, link.release, origin, self.clock.now(), self.chunks)
        self.downloads.insert(0, download)
        return download

    def listed(self) -> list[Download]:
        """Return the downloads the account still lists, newest first."""
        return [download for download in self.downloads if download.generated + WEEK > self.clock.now()]

    def delete(self, download_id: str) -> None:
        """Take a download off the list; its address is dead. Raises Refused for an unknown one."""
        for download in self.listed():
            if download.id == download_id:
                self.downloads.remove(download)
                return
        raise Refused(7)

    def expire(self) -> None:
        """Let every address made so far be dead."""
        self.downloads.clear()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer GET or HEAD with the file, or with the one range of it that was asked for."""
        download = self._download(request)
        if download is None:
            raise _page(404, "File not found")
        if self._open[download.id] >= download.chunks:
            raise _page(503, "hoster_too_many_active_downloads")
        link, of_download = download.link, [download.id]
        return ranged(
            request,
            link.size,
            download.content_type,
            lambda start, end: self._counted(download.release.chunks(link.path, start, end)),
            begun=lambda: self._open.update(of_download),
            sent=lambda: self._open.subtract(of_download),
        )

    def _download(self, request: web.Request) -> Download | None:
        for download in self.downloads:
            if (
                download.id == request.match_info["id"]
                and download.link.filename == request.match_info["name"]
            ):
                return download if download.generated + self.link_ttl > self.clock.now() else None
        return None

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.traffic[date(self.clock.now())[:10]] += len(chunk)
            yield chunk


def _page(status: int, title: str) -> web.HTTPException:
    failure = {404: web.HTTPNotFound, 503: web.HTTPServiceUnavailable}[status]
    return failure(
        text=f"<!DOCTYPE html><html><body><h1>{title}</h1></body></html>", content_type="text/html"
    )
