"""A web page made for qBittorrent, served from a folder, using this API under the same path.

As in the original, the folder holds `public`, for everybody, and perhaps `private`, for who has logged in;
one without `public` is for everybody as it is.
Source: qBittorrent 4.6.7, WebApplication::sendWebUIFile.
"""

from __future__ import annotations

import asyncio
import mimetypes
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from msgspec import Struct

from qbitproxy.web.keys import SETTINGS
from qbitproxy.web.qbit.access import identify
from qbitproxy.web.qbit.answers import plain

PUBLIC, PRIVATE, FRONT = "public", "private", "index.html"
LARGEST = 64 << 20  # bytes of one file

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; form-action 'self'; base-uri 'self'; "
    "frame-ancestors 'none'"
)
"""What such a page may do: styles of its own, nothing from elsewhere, no script inside of a page."""

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Whatever else there is has the type that this system gives it."""


class _Found(Struct, frozen=True):
    """One file, read."""

    kind: str
    tag: str
    body: bytes


async def to_front(request: web.Request) -> web.Response:
    """The page's links are relative, so its address ends in a slash."""
    raise web.HTTPSeeOther(f"{request.rel_url.raw_path}/")


async def page_file(request: web.Request) -> web.Response:
    """A file of the page, 404 for what is none, lies elsewhere or is not for this visitor."""
    folder = Path(request.app[SETTINGS].qbittorrent.ui_folder)
    is_in = await identify(request) is not None
    found = await asyncio.to_thread(_find, folder, request.match_info["file"], is_in)
    if found is None:
        return plain("Not Found", 404)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY, "ETag": found.tag}
    if request.headers.get("If-None-Match") == found.tag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.body, headers={**headers, "Content-Type": found.kind})


def _find(folder: Path, path: str, is_in: bool) -> _Found | None:
    parts = [*path.split("/")[:-1], path.rpartition("/")[2] or FRONT]
    if any(not part or part.startswith(".") or "\0" in part or "\\" in part for part in parts):
        return None
    for top in _tops(folder, is_in):
        try:
            found = _read(top.resolve(), top.joinpath(*parts))
        except (OSError, RuntimeError):  # a link to itself is the last
            continue
        if found is not None:
            return found
    return None


def _tops(folder: Path, is_in: bool) -> Sequence[Path]:
    """Where to look, first place first."""
    if not (folder / PUBLIC).is_dir():
        return (folder,)
    return (folder / PRIVATE, folder / PUBLIC) if is_in else (folder / PUBLIC,)


def _read(top: Path, path: Path) -> _Found | None:
    """The file at `path`, None when it is no plain file below `top`. Raises OSError."""
    real = path.resolve(strict=True)
    if not real.is_relative_to(top):
        return None
    descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        known = os.fstat(file.fileno())
        if not stat.S_ISREG(known.st_mode) or known.st_size > LARGEST:
            return None
        kind = KINDS.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
        tag = f'"{known.st_mtime_ns:x}-{known.st_size:x}"'
        return _Found(kind or "application/octet-stream", tag, file.read(LARGEST))
