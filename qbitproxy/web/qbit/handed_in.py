"""What was handed in for a torrent, read again."""

from __future__ import annotations

import asyncio

from aiohttp import web

from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Torrent
from qbitproxy.library import UnknownTorrent
from qbitproxy.web.keys import LIBRARY
from qbitproxy.web.qbit.metainfo import Metainfo, read_metainfo


async def source_of(request: web.Request, torrent: Torrent) -> Source | None:
    """The source of `torrent`; None for a season, which has none of its own."""
    try:
        return await request.app[LIBRARY].source(torrent.infohash)
    except UnknownTorrent:
        return None


async def metainfo_of(request: web.Request, torrent: Torrent) -> Metainfo:
    """What the .torrent file of `torrent` says; nothing when there is none."""
    source = await source_of(request, torrent)
    return await metainfo_of_source(source) if source is not None else Metainfo()


async def metainfo_of_source(source: Source) -> Metainfo:
    """What the .torrent file of `source` says; nothing when there is none."""
    return await asyncio.to_thread(read_metainfo, source.metainfo) if source.metainfo else Metainfo()
