"""The bytes of what is placed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from qbitproxy.core.torrent import Ready, Torrent
from qbitproxy.web.keys import CLOCK, SETTINGS
from qbitproxy.web.qbit import details
from qbitproxy.web.qbit.answers import attachment
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.handed_in import metainfo_of
from qbitproxy.web.qbit.selection import LISTING, named
from qbitproxy.web.qbit.wire import FileRow, TorrentRow

DEADLINE = 10  # seconds; a mount that hangs answers never


async def download_file(request: web.Request, form: Form) -> web.StreamResponse:
    """torrents/downloadFile: one file, by its index or its path, whole or in ranges."""
    form.need("hash", "file")
    torrent = _torrent(request, form)
    row = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
    rows = details.files(torrent, row, await metainfo_of(request, torrent))
    file = _wanted(rows, form.text("file"))
    if file is None or not isinstance(torrent.phase, Ready) or not file.priority:
        raise web.HTTPConflict(text="File is not available")
    mounts = [hand.mount for hand in request.app[SETTINGS].providers.values() if hand.mount]
    path = await _standing(row, file, [Path(mount) for mount in mounts])
    name = file.name.rpartition("/")[2]
    return web.FileResponse(path, headers={"Content-Disposition": attachment(name)})


def _torrent(request: web.Request, form: Form) -> Torrent:
    try:
        return named(request, form)
    except web.HTTPNotFound:
        raise web.HTTPNotFound(text="Torrent not found") from None


def _wanted(rows: list[FileRow], which: str) -> FileRow | None:
    if which.isascii() and which.isdecimal() and len(which) < 10:
        return rows[int(which)] if int(which) < len(rows) else None
    return next((row for row in rows if row.name == which), None)


async def _standing(row: TorrentRow, file: FileRow, mounts: Sequence[Path]) -> Path:
    """Where `file` is, if it is where we place content; a link of ours leads into one of `mounts`."""
    content = Path(row.content_path)
    path = content.parent / file.name
    try:
        async with asyncio.timeout(DEADLINE):
            good = await asyncio.to_thread(_is_inside, path, content, mounts)
    except (TimeoutError, OSError, RuntimeError):  # a link to itself is the last
        good = False
    if not good:
        raise web.HTTPConflict(text="File is not available")
    return path


def _is_inside(path: Path, content: Path, mounts: Sequence[Path]) -> bool:
    """Whether `path` is a file below `content`, or the name that one in a mount has there. Blocks."""
    home, folder, file = (each.resolve(strict=True) for each in (content, path.parent, path))
    ends = (home, *(mount.resolve() for mount in mounts))
    return folder.is_relative_to(home) and any(map(file.is_relative_to, ends)) and file.is_file()
