"""The web seeds of torrents, which are kept for whoever asks: nothing is ever fetched from them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.torrent import Options, Torrent
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.bounds import LONGEST_URL, MOST_WEB_SEEDS, few, short
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.handed_in import metainfo_of
from qbitproxy.web.qbit.selection import adjust_each, named
from qbitproxy.web.qbit.wire import WebSeedRow

SCHEMES = ("https", "ftp", "http")


async def web_seeds(request: web.Request, form: Form) -> web.Response:
    """torrents/webseeds: in the order of their letters, as libtorrent keeps them."""
    return as_json([WebSeedRow(url) for url in sorted(await _known(request, named(request, form)))])


async def add_web_seeds(request: web.Request, form: Form) -> web.Response:
    """torrents/addWebSeeds: `|` between addresses; known ones are fine."""
    form.need("hash", "urls")
    torrent = named(request, form)
    new = [_valid(url) for url in form.listed("urls", "|")]
    await _reseed(request, torrent, lambda known: (*known, *new))
    return plain()


async def edit_web_seed(request: web.Request, form: Form) -> web.Response:
    """torrents/editWebSeed."""
    form.need("hash", "origUrl", "newUrl")
    torrent = named(request, form)
    old, new = _valid(form.text("origUrl")), _valid(form.text("newUrl"))
    if old not in await _known(request, torrent):
        raise web.HTTPConflict(text=f'"{old}" is not an existing URL')
    await _reseed(request, torrent, lambda known: tuple(new if url == old else url for url in known))
    return plain()


async def remove_web_seeds(request: web.Request, form: Form) -> web.Response:
    """torrents/removeWebSeeds: `|` between addresses; unknown ones are fine."""
    form.need("hash", "urls")
    torrent = named(request, form)
    gone = {_valid(url) for url in form.listed("urls", "|")}
    await _reseed(request, torrent, lambda known: tuple(url for url in known if url not in gone))
    return plain()


async def _known(request: web.Request, torrent: Torrent) -> tuple[str, ...]:
    own = torrent.options.web_seeds
    return (await metainfo_of(request, torrent)).web_seeds if own is None else own


async def _reseed(
    request: web.Request, torrent: Torrent, change: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> None:
    of_file = await _known(request, torrent)

    def changed(options: Options) -> Options:
        known = of_file if options.web_seeds is None else options.web_seeds
        seeds = tuple(dict.fromkeys(change(known)))
        few(len(seeds), max(MOST_WEB_SEEDS, len(known)), "web seeds of a torrent")
        return replace(options, web_seeds=seeds)

    await adjust_each(request, [torrent], changed)


def _valid(text: str) -> str:
    """An address without its escapes. Raises HTTPBadRequest.

    Source: qBittorrent 5.1, torrentscontroller.cpp validateWebSeedUrl.
    """
    url = unquote(short(text.strip(), LONGEST_URL, "a URL"))
    try:
        scheme, is_whole = urlsplit(url).scheme, bool(url)
    except ValueError:
        scheme, is_whole = "", False
    if not is_whole:
        raise web.HTTPBadRequest(text=f'"{url}" is not a valid URL')
    if scheme not in SCHEMES:
        raise web.HTTPBadRequest(text=f"URL scheme must be one of [{', '.join(SCHEMES)}]")
    return url
