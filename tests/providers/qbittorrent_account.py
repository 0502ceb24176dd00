"""A running qBittorrent, emulated, with our adapter connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
from msgspec.structs import replace

from compat.content import Release
from compat.emulators.qbittorrent import Qbittorrent
from qbitproxy.core.ports import Provider, Source
from qbitproxy.http import connect
from qbitproxy.providers.qbittorrent import PROVIDER
from qbitproxy.settings import Secret
from tests.providers.account import NAME, ImpatientClock


@asynccontextmanager
async def a_qbittorrent(
    service: Qbittorrent | None = None, *, key: str = ""
) -> AsyncIterator[tuple[Qbittorrent, Provider, ImpatientClock]]:
    """`key` "" is the right one."""
    clock = ImpatientClock()
    spec = replace(PROVIDER.http, deadline=timedelta(seconds=5), rests=False)
    async with service or Qbittorrent() as qb, aiohttp.ClientSession() as session:
        http = connect(spec, NAME, qb.url, Secret(key or qb.token), session, clock)
        yield qb, PROVIDER.connect(http, NAME), clock


def hybrid_source(release: Release, *, metainfo: bool = False) -> Source:
    """A source that knows both hashes."""
    return Source(
        infohash=release.infohash,
        infohash_v2=release.infohash_v2,
        name=release.name,
        magnet=release.magnet(),
        metainfo=release.torrent if metainfo else b"",
    )
