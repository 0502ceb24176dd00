"""What clients hand in, read: magnet links, hashes, addresses, .torrent files."""

from __future__ import annotations

import re

import structlog
from aiohttp import web
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.core.ports import Source
from qbitproxy.sources import V2_ONLY, BadSource, from_magnet, read_metainfo
from qbitproxy.turns import breathe
from qbitproxy.web.keys import CLOCK, FETCH
from qbitproxy.web.qbit.bounds import MOST_SOURCES, few
from qbitproxy.web.qbit.client_routes import kept_cookies
from qbitproxy.web.qbit.control_routes import display_name
from qbitproxy.web.qbit.cookie_jar import cookie_header
from qbitproxy.web.qbit.forms import Form, Upload

BARE_HASH = re.compile(r"[0-9a-fA-F]{40}|[A-Za-z2-7]{32}", re.ASCII)
BARE_V2_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)

log = structlog.get_logger()


class Sources(Struct):
    """What was handed in, read."""

    good: list[Source]
    bad: int  # how many were no good
    told: list[str]  # why, where the client is told: of uploads, and of links if nothing else came


async def read_sources(request: web.Request, form: Form) -> Sources:
    """Every source of torrents/add; its `cookie` goes with each fetch, as in qBittorrent up to 5.0."""
    sources, v2_links = Sources([], 0, []), list[str]()
    links = form.listed("urls", "\n")
    few(len(links) + len(form.uploads), MOST_SOURCES, "sources at once")
    for link in links:
        await breathe()  # a magnet link with many trackers takes a while to read
        try:
            sources.good.append(await read_link(request, link, form.text("cookie")))
        except (BadSource, Fault) as bad:
            log.warning("add_refused", detail=bad.detail)
            sources.bad += 1
            if V2_ONLY in bad.detail:
                v2_links.append(f"Error: {bad.detail}")
    for upload in form.uploads:
        try:
            sources.good.append(await read_metainfo(upload.body))
        except BadSource as bad:
            log.warning("add_refused", detail=bad.detail)
            sources.bad += 1
            sources.told.append(no_torrent(upload, bad))
    if not sources.good:
        sources.told += v2_links
    return sources


async def read_link(request: web.Request, link: str, cookie: str = "") -> Source:
    """A magnet link, a bare hash or a web address as a source. Raises BadSource, Fault."""
    if not is_address(link):
        return unfetched(link)
    try:
        kept = cookie_header(kept_cookies(request), link, request.app[CLOCK].now())
    except ValueError:
        raise BadSource("this is no address") from None
    together = "; ".join(filter(None, (kept, cookie)))
    fetch = request.app[FETCH]
    return await (fetch(link, together) if together else fetch(link))


def unfetched(link: str) -> Source:
    """A magnet link or a bare hash as a source. Raises BadSource."""
    if BARE_HASH.fullmatch(link):
        return from_magnet(f"magnet:?xt=urn:btih:{link}")
    if BARE_V2_HASH.fullmatch(link):
        return from_magnet(f"magnet:?xt=urn:btmh:1220{link}")
    return from_magnet(link)


def is_address(link: str) -> bool:
    """Whether something has to be fetched."""
    return link.lower().startswith(("http://", "https://"))


def no_torrent(upload: Upload, bad: BadSource) -> str:
    """What the original says of an upload it cannot read, and why where it could have read it."""
    reason = f": {bad.detail}" if V2_ONLY in bad.detail else "."
    return f"Error: '{display_name(upload.filename)}' is not a valid torrent file{reason}"
