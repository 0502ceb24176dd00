"""One account at an emulated service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
from msgspec.structs import replace

from compat.content import Release
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.core.ports import Provider, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.http import connect
from qbitproxy.providers.realdebrid import PROVIDER
from qbitproxy.settings import Secret
from tests.support import ManualClock

VIDEO = ContentRules(extensions=frozenset({"mkv", "mp4"}))
EVERYTHING = ContentRules(extensions=frozenset(), skip_samples=False)
NAME = "main"


class ImpatientClock(ManualClock):
    """Whoever sleeps makes the time pass."""

    async def sleep(self, delay: timedelta) -> None:
        self.advance(delay)


@asynccontextmanager
async def an_account(
    service: RealDebrid | None = None, *, key: str = "", deadline: timedelta = timedelta(seconds=5)
) -> AsyncIterator[tuple[RealDebrid, Provider, ImpatientClock]]:
    """A running Real-Debrid with our adapter connected to it, unpaced."""
    clock = ImpatientClock()
    spec = replace(PROVIDER.http, burst=10_000, deadline=deadline)
    async with service or RealDebrid() as rd, aiohttp.ClientSession() as session:
        http = connect(spec, NAME, rd.url, Secret(key or rd.token), session, clock)
        yield rd, PROVIDER.connect(http, NAME), clock


def source_of(release: Release, *, metainfo: bool = False) -> Source:
    return Source(
        infohash=release.infohash,
        name=release.name,
        magnet=release.magnet(),
        metainfo=release.torrent if metainfo else b"",
    )
