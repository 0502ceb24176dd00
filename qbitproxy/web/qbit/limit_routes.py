"""The speed limits of single torrents."""

from __future__ import annotations

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.torrent import Torrent
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.query import infohash, names
from qbitproxy.web.qbit.selection import adjust_each, chosen

UNKNOWN = -1


async def download_limit(request: web.Request, form: Form) -> web.Response:
    """torrents/downloadLimit: bytes per second under each hash as it was given, 0 none, -1 unknown."""
    return _shown(form, {name: t.options.download_limit for t, name in _named(request, form)})


async def upload_limit(request: web.Request, form: Form) -> web.Response:
    """torrents/uploadLimit."""
    return _shown(form, {name: t.options.upload_limit for t, name in _named(request, form)})


async def set_download_limit(request: web.Request, form: Form) -> web.Response:
    """torrents/setDownloadLimit: binds a download that runs."""
    form.need("hashes", "limit")
    limit = _limit(form)
    await adjust_each(request, chosen(request, form), lambda options: replace(options, download_limit=limit))
    return plain()


async def set_upload_limit(request: web.Request, form: Form) -> web.Response:
    """torrents/setUploadLimit: shown as set; nothing is uploaded."""
    form.need("hashes", "limit")
    limit = _limit(form)
    await adjust_each(request, chosen(request, form), lambda options: replace(options, upload_limit=limit))
    return plain()


def _limit(form: Form) -> int:
    return max(form.whole("limit"), 0)


def _named(request: web.Request, form: Form) -> list[tuple[Torrent, str]]:
    form.need("hashes")
    if form.text("hashes") == "all":  # no hash, as in the original
        return []
    return [(torrent, name) for torrent in chosen(request, form) for name in names(torrent)]


def _shown(form: Form, limits: dict[str, int]) -> web.Response:
    asked = filter(None, form.text("hashes").split("|"))
    return as_json({name: limits.get(infohash(name), UNKNOWN) for name in asked})
