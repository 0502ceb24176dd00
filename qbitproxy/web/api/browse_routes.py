"""What stands below the download root."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from qbitproxy.core.torrent import Torrent, content_path
from qbitproxy.turns import in_turns
from qbitproxy.web.api.route import Route
from qbitproxy.web.keys import LIBRARY, SETTINGS

LOOKED_AT_ONCE = 5000
STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class BrowseQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which folder is looked into."""

    path: Annotated[str, Meta(max_length=4096)] = ""  # below the download root
    search: str = ""  # part of the name
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Entry(Struct, frozen=True, kw_only=True):
    """A file, a link or a folder."""

    name: str
    path: str  # below the download root
    size: int | None  # bytes; None for a folder, and for a link that is no torrent's of ours
    mod_time: datetime
    is_dir: bool
    is_link: bool
    info_hash: str  # of the torrent that it belongs to, "" for none


class Folder(Struct, frozen=True, kw_only=True):
    """A folder, its entries by name, folders first."""

    current_dir: str
    parent_dir: str
    entries: list[Entry]
    total: int
    limit: int
    offset: int


class Found(Struct, frozen=True):
    """What the disk says of one entry."""

    name: str
    size: int | None
    changed: float  # seconds since 1970
    is_dir: bool
    is_link: bool


async def browse(request: web.Request, query: BrowseQuery) -> Folder:
    """Look into a folder; nothing is followed that leads out of the download root, nor any link."""
    root, path = Path(request.app[SETTINGS].files.download_root), PurePosixPath(query.path.strip("/"))
    if ".." in path.parts or "\0" in query.path:
        raise web.HTTPNotFound(text="there is no such folder below the download root")
    try:
        found = await asyncio.to_thread(_entries, root, path.parts)
    except OSError:
        raise web.HTTPNotFound(text="there is no such folder below the download root") from None
    text = query.search.casefold()
    wanted = [each for each in found if text in each.name.casefold()]
    wanted.sort(key=lambda each: (not each.is_dir, each.name))
    shown = wanted[query.offset : query.offset + query.limit]
    owners = await _owners(request, root / path, [each.name for each in shown])
    return Folder(
        current_dir=_shown(path),
        parent_dir=_shown(path.parent),
        entries=[_entry(path, each, owners.get(each.name)) for each in shown],
        total=len(wanted),
        limit=query.limit,
        offset=query.offset,
    )


def _entries(root: Path, parts: Iterable[str]) -> list[Found]:
    """What is in a folder, which is reached step by step, so that nobody puts a link in the way meanwhile."""
    with ExitStack() as opened:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, folder)
        for part in parts:
            folder = os.open(part, STEP, dir_fd=folder)
            opened.callback(os.close, folder)
        with os.scandir(folder) as scanned:
            return [_found(entry.name, entry.stat(follow_symlinks=False)) for entry in scanned]


def _found(name: str, status: os.stat_result) -> Found:
    is_file = stat.S_ISREG(status.st_mode)
    return Found(
        name,
        status.st_size if is_file else None,
        status.st_mtime,
        stat.S_ISDIR(status.st_mode),
        stat.S_ISLNK(status.st_mode),
    )


async def _owners(request: web.Request, folder: Path, names: list[str]) -> dict[str, Torrent]:
    """The torrent that each entry belongs to: it is its content, is within it, or holds it."""
    owners: dict[str, Torrent] = {}
    async for some in in_turns(request.app[LIBRARY].listed(), LOOKED_AT_ONCE):
        for torrent in some:
            path = content_path(torrent)
            if path and folder.is_relative_to(path):
                owners.update(dict.fromkeys(names, torrent))
            elif path.rpartition("/")[0] == str(folder):
                owners[path.rpartition("/")[2]] = torrent
    return owners


def _entry(folder: PurePosixPath, found: Found, owner: Torrent | None) -> Entry:
    sizes = {PurePosixPath(file.path).name: file.size for file in owner.files} if owner else {}
    name = found.name.encode("utf-8", "replace").decode()
    return Entry(
        name=name,
        path=_shown(folder / name),
        size=sizes.get(found.name) if found.is_link else found.size,
        mod_time=datetime.fromtimestamp(found.changed, UTC),
        is_dir=found.is_dir,
        is_link=found.is_link,
        info_hash=owner.infohash if owner else "",
    )


def _shown(path: PurePosixPath) -> str:
    return "" if path == PurePosixPath() else str(path)


ROUTES = (
    Route(
        method="GET",
        path="/api/browse",
        handler=browse,
        scope="read",
        says="what stands in the folder `path` below the download root; `search`, `limit`, `offset`",
        errors=(404,),
    ),
)
