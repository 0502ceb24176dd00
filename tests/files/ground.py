"""What tests of the disk share: torrents, settings, a server that keeps or breaks its word."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from msgspec.structs import replace

from compat.content import Release
from qbitproxy.core.ports import Link
from qbitproxy.core.torrent import Placing, Remote, RemoteFile, Request, Torrent
from qbitproxy.settings.sections import FilesSettings

KIB = 1 << 10
NOW = datetime(2026, 1, 1, tzinfo=UTC)

BUNNY = Release(
    "Big.Buck.Bunny.2008.1080p.mkv", {"Big.Buck.Bunny.2008.1080p.mkv": 300 * KIB + 7}, piece_length=64 * KIB
)
SEASON = Release(
    "Caminandes.S01.1080p",
    {"Caminandes.S01E01.mkv": 120 * KIB, "Extras/Caminandes.S01E02.mkv": 90 * KIB + 1, "empty.srt": 0},
    piece_length=64 * KIB,
)


def a_torrent(release: Release, save_path: Path, torrent_id: int = 1, **changes: object) -> Torrent:
    torrent = Torrent(
        id=torrent_id,
        infohash=release.infohash,
        category="radarr",
        name=release.name,
        save_path=str(save_path),
        request=Request(),
        added_at=NOW,
    )
    return replace(torrent, **changes)


def placing(release: Release, folder: str = "") -> Placing:
    """The phase in which the provider has every file of `release`."""
    files = tuple(
        RemoteFile(id=str(number), path=path, size=size)
        for number, (path, size) in enumerate(release.files.items())
    )
    return Placing(Remote("realdebrid", "X1"), NOW, folder or release.name, files)


def settings(root: Path, **changes: object) -> FilesSettings:
    return replace(FilesSettings(download_root=str(root), keep_free=0), **changes)


def holds(folder: Path, release: Release) -> bool:
    """Whether `folder` holds the files of `release`, true to the byte, and nothing else."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    return found == set(release.files) and all(
        (folder / path).read_bytes() == release.read(path) for path in release.files
    )


def beside(save_path: Path) -> list[str]:
    """Whatever lies in a save path, hidden or not, claims aside."""
    return sorted(path.name for path in save_path.iterdir() if path.name != ".qbitproxy")


def everything(folder: Path) -> dict[str, int]:
    """Whatever lies below a folder, with its mode."""
    return {str(path.relative_to(folder)): path.lstat().st_mode for path in folder.rglob("*")}


Fault = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


class Cdn:
    """Serves a release by range; `faults` are used up one request each, in order."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.requests: list[tuple[str, int, int]] = []  # path, first byte, first byte after it
        self.targets: list[str] = []  # as they were asked for, byte for byte
        self.links: list[str] = []  # files that links were asked for
        self.faults: deque[Fault | None] = deque()
        self.always: Fault | None = None
        self.expired: set[str] = set()
        self.connections = 4
        self.settling = 0.0
        self.url = ""

    async def link(self, file: RemoteFile) -> Link:
        self.links.append(file.path)
        url = f"{self.url}{len(self.links)}/{file.path}"
        return Link(url=url, size=file.size, connections=self.connections, settling=self.settling)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path, size = request.match_info["path"], self.release.files[request.match_info["path"]]
        asked = request.http_range
        start, end = asked.start or 0, min(asked.stop or size, size)
        self.requests.append((path, start, end))
        self.targets.append(request.raw_path)
        if request.match_info["number"] in self.expired:
            return web.Response(status=404)
        fault = self.faults.popleft() if self.faults else self.always
        if fault is not None:
            return await fault(request, self.release.read(path, start, end))
        return web.Response(
            status=206,
            body=self.release.read(path, start, end),
            headers={"Content-Range": f"bytes {start}-{end - 1}/{size}"},
        )


def _partial(request: web.Request, body: bytes, length: int) -> web.StreamResponse:
    asked = request.http_range
    start = asked.start or 0
    ends_at = start + len(body) - 1
    headers = {"Content-Range": f"bytes {start}-{ends_at}/*", "Content-Length": str(length)}
    return web.StreamResponse(status=206, headers=headers)


async def zero_bytes(request: web.Request, body: bytes) -> web.StreamResponse:
    """A 206 with nothing in it."""
    response = _partial(request, body, 0)
    await response.prepare(request)
    return response


async def half(request: web.Request, body: bytes) -> web.StreamResponse:
    """Half of what was promised, then the connection is gone."""
    response = _partial(request, body, len(body))
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.close()
    return response


async def stalled(request: web.Request, body: bytes) -> web.StreamResponse:
    """Half of what was promised, then silence."""
    response = _partial(request, body, len(body))
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    await asyncio.Event().wait()
    return response


async def silent(request: web.Request, body: bytes) -> web.StreamResponse:
    """No answer at all."""
    await asyncio.Event().wait()
    return web.Response()


def answers(status: int, body: bytes = b"", **headers: str) -> Fault:
    """The same answer whatever was asked."""

    async def fault(request: web.Request, _: bytes) -> web.StreamResponse:
        return web.Response(
            status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return fault


def whole(release: Release) -> Fault:
    """The whole file, whatever range was asked for."""

    async def fault(request: web.Request, _: bytes) -> web.StreamResponse:
        return web.Response(body=release.read(request.match_info["path"]))

    return fault


async def endless(request: web.Request, body: bytes) -> web.StreamResponse:
    """Everything that was asked for and more, without saying how much."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(body + b"x")
    return response


def of_untold_length(body: bytes, **headers: str) -> Fault:
    """The same bytes whatever was asked for, sent to their end without a word on how many there are."""

    async def fault(request: web.Request, _: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={k.replace("_", "-"): v for k, v in headers.items()})
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(body)
        return response

    return fault


async def unended(request: web.Request, body: bytes) -> web.StreamResponse:
    """Everything that was asked for, then silence instead of an end."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(body)
    await asyncio.Event().wait()
    return response
