"""What clients do to the files of a torrent."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.events import LaidOut
from qbitproxy.core.layout import is_due, wishes_of, with_wishes
from qbitproxy.core.torrent import FileWish, Torrent
from qbitproxy.web.keys import CLOCK
from qbitproxy.web.qbit import details
from qbitproxy.web.qbit.answers import plain
from qbitproxy.web.qbit.bounds import parts, short
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import LONGEST_PATH
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.renaming import NotRenamed, rename_file, rename_folder
from qbitproxy.web.qbit.selection import ADJUSTING, LISTING, named, record_each

PRIORITIES = frozenset({0, 1, 6, 7})
"""Not wanted, normal, high, maximum. Source: qBittorrent 4.6.7, base/bittorrent/downloadpriority.h."""

INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)

Renaming = Callable[[Mapping[str, str], str, str, str], dict[str, str]]


async def rename_a_file(request: web.Request, form: Form) -> web.Response:
    """torrents/renameFile: within the folder of the torrent, or together with it."""
    return await _rename(request, form, rename_file, "file", "File name has invalid characters")


async def rename_a_folder(request: web.Request, form: Form) -> web.Response:
    """torrents/renameFolder: the torrent's own folder, too; its name stays what it is."""
    return await _rename(request, form, rename_folder, "folder", "Folder name has invalid characters")


async def set_priority(request: web.Request, form: Form) -> web.Response:
    """torrents/filePrio: 0 takes files out, anything else puts them in; the levels are one."""
    form.need("hash", "id", "priority")
    priority = _integer(form.text("priority"), "Priority must be an integer")
    if priority not in PRIORITIES:
        raise web.HTTPBadRequest(text="Priority is not valid")
    async with request.app[ADJUSTING]:
        torrent = named(request, form)
        files = list(details.sizes(torrent))
        if not files:
            raise web.HTTPConflict(text="Torrent's metadata has not yet downloaded")
        picked = dict.fromkeys(_picked(files, index) for index in parts(form.text("id"), "|"))
        known = wishes_of(torrent)
        wishes = [replace(known.get(file) or FileWish(path=file), priority=priority) for file in picked]
        await _wish(request, torrent, torrent.layout.folder, wishes)
    return plain()


async def _rename(
    request: web.Request, form: Form, renaming: Renaming, what: str, no_name: str
) -> web.Response:
    form.need("hash", "oldPath", "newPath")
    old, new = form.text("oldPath"), short(form.text("newPath"), LONGEST_PATH, "a path")
    async with request.app[ADJUSTING]:
        torrent = named(request, form)
        row = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
        shown = details.shown_paths(torrent, row)
        try:
            wished = renaming(shown, old, new, no_name if profile_of(request).since_5_3 else "")
        except NotRenamed as refused:
            raise web.HTTPConflict(text=str(refused)) from None
        changed = {file: path for file, path in wished.items() if path != shown[file]}
        if not changed:
            return plain()
        if not is_due(torrent) and await asyncio.to_thread(_is_taken, torrent.save_path, new, shown):
            raise web.HTTPConflict(text=f"The {what} already exists: '{new}'.")
        wishes, known = [], wishes_of(torrent)
        folder = torrent.layout.folder
        for file, path in changed.items():
            top, _, place = path.partition("/")
            folder = folder if PurePosixPath(shown[file]).parts[0] == top else top
            if place != shown[file].partition("/")[2]:
                wishes.append(replace(known.get(file) or FileWish(path=file), place=place))
        await _wish(request, torrent, folder, wishes)
    return plain()


async def _wish(request: web.Request, torrent: Torrent, folder: str, wishes: list[FileWish]) -> None:
    files = with_wishes(torrent, wishes)
    if (folder, files) != (torrent.layout.folder, torrent.layout.files):
        await record_each(request, [torrent], lambda _: LaidOut(folder, files))


def _is_taken(save_path: str, path: str, shown: Mapping[str, str]) -> bool:
    """Whether something is there that is none of the torrent's own folders."""
    own = any(known.startswith(f"{path.rstrip('/')}/") for known in shown.values())
    return not own and os.path.lexists(os.path.join(save_path, path))


def _picked(files: list[str], index: str) -> str:
    number = _integer(index, "File IDs must be integers")
    if not 0 <= number < len(files):
        raise web.HTTPConflict(text="File ID is not valid")
    return files[number]


def _integer(text: str, otherwise: str) -> int:
    if not INTEGER.fullmatch(text.strip()):
        raise web.HTTPBadRequest(text=otherwise)
    return int(text)
