"""Where clients want torrents to be."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.events import CheckAsked, Event
from qbitproxy.core.torrent import Ready, Torrent, content_path
from qbitproxy.web.keys import LIBRARY, SETTINGS
from qbitproxy.web.qbit.answers import plain
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import below, make_folder
from qbitproxy.web.qbit.selection import adjust_each, chosen, record_each, relocate_each


async def set_location(request: web.Request, form: Form) -> web.Response:
    """torrents/setLocation: the files follow, automatic management ends."""
    form.need("hashes", "location")
    path = await _made(request, form.text("location"), "Cannot make save path")
    await relocate_each(request, chosen(request, form), lambda _: (path, False))
    return plain()


async def set_save_path(request: web.Request, form: Form) -> web.Response:
    """torrents/setSavePath: as torrents/setLocation, but what is managed automatically stays."""
    form.need("id", "path")
    path = await _made(request, form.text("path"), "Cannot create target directory")
    if not await asyncio.to_thread(os.access, path, os.W_OK):
        raise web.HTTPForbidden(text="Cannot write to directory")
    torrents = [torrent for torrent in _of_id(request, form) if not torrent.options.auto_tmm]
    await relocate_each(request, torrents, lambda _: (path, False))
    return plain()


async def set_download_path(request: web.Request, form: Form) -> web.Response:
    """torrents/setDownloadPath: shown, but what is not finished is never seen anywhere."""
    form.need("id", "path")
    path, wish = "", form.text("path").strip()
    if wish:
        path = _checked(request, wish, "Cannot create target directory")
    torrents = [torrent for torrent in _of_id(request, form) if not torrent.options.auto_tmm]
    await adjust_each(request, torrents, lambda options: replace(options, download_path=path))
    return plain()


async def set_auto_management(request: web.Request, form: Form) -> web.Response:
    """torrents/setAutoManagement: true moves to the place of the category, false stays where it is."""
    form.need("hashes", "enable")
    library, automatic = request.app[LIBRARY], form.flag("enable")

    def place(torrent: Torrent) -> tuple[str, bool]:
        return library.save_path(torrent.category) if automatic else torrent.save_path, automatic

    await relocate_each(request, chosen(request, form), place)
    return plain()


async def recheck(request: web.Request, form: Form) -> web.Response:
    """torrents/recheck: a finished torrent is looked for, at its provider and on our disk."""

    def ask(torrent: Torrent) -> Event | None:
        return CheckAsked() if isinstance(torrent.phase, Ready) and not torrent.check_asked else None

    await record_each(request, chosen(request, form), ask)
    return plain()


def _of_id(request: web.Request, form: Form) -> list[Torrent]:
    return chosen(request, Form({"hashes": form.text("id")}))


async def _made(request: web.Request, wish: str, otherwise: str) -> str:
    """The absolute folder that is wished, which is there now. Raises HTTPBadRequest, HTTPConflict."""
    if not wish.strip():
        raise web.HTTPBadRequest(text="Save path cannot be empty")
    path, files = _checked(request, wish.strip(), otherwise), request.app[SETTINGS].files
    try:
        real = await asyncio.to_thread(os.path.realpath, path)
        root = await asyncio.to_thread(os.path.realpath, files.download_root)
        if not Path(real).is_relative_to(root):  # looked at first: nothing is made outside
            raise web.HTTPConflict(text=otherwise)
        await asyncio.to_thread(make_folder, path, files)
    except (OSError, LookupError):
        raise web.HTTPConflict(text=otherwise) from None
    return path


def _checked(request: web.Request, wish: str, otherwise: str) -> str:
    """`wish` below the download root, in no folder of a torrent's own. Raises HTTPConflict."""
    path = below(request.app[SETTINGS].files.download_root, wish)
    if path is None:
        raise web.HTTPConflict(text=otherwise)
    above = {path, *map(str, Path(path).parents)}
    if any(content_path(torrent) in above for torrent in request.app[LIBRARY].listed()):
        raise web.HTTPConflict(text=otherwise)
    return path
