"""One account at an emulated TorBox, which lives by the same clock as our adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
from msgspec.structs import replace

from compat.emulators.torbox import TorBox
from qbitproxy.core.calls import Http
from qbitproxy.core.ports import Provider
from qbitproxy.http import connect
from qbitproxy.providers.torbox import PROVIDER
from qbitproxy.settings import Secret
from tests.providers.account import NAME, ImpatientClock

LIST = "GET /torrents/mylist"
CREATE = "POST /torrents/createtorrent"
CONTROL = "POST /torrents/controltorrent"
LINK = "GET /torrents/requestdl"
QUEUE = "GET /queued/getqueued"
CONTROL_QUEUE = "POST /queued/controlqueued"
CACHE = "GET /torrents/checkcached"

MINUTE = timedelta(minutes=1)


@dataclass
class SameTime:
    """Our clock, as emulators read it."""

    clock: ImpatientClock

    def now(self) -> float:
        return self.clock.now().timestamp()


@dataclass
class Box:
    """A running TorBox with our adapter connected to it, unpaced."""

    tb: TorBox
    provider: Provider
    http: Http
    clock: ImpatientClock
    session: aiohttp.ClientSession

    def restarted(self) -> Provider:
        """Our adapter as it is after a restart: it knows nothing."""
        return PROVIDER.connect(self.http, NAME)

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))


@asynccontextmanager
async def a_box(*args: Any, deadline: timedelta = timedelta(seconds=5), **given: Any) -> AsyncIterator[Box]:
    """`args` and `given` are the emulator's."""
    clock = ImpatientClock()
    spec = replace(PROVIDER.http, burst=10_000, deadline=deadline)
    async with TorBox(*args, clock=SameTime(clock), **given) as tb, aiohttp.ClientSession() as session:
        http = connect(spec, NAME, tb.url, Secret(tb.token), session, clock)
        yield Box(tb, PROVIDER.connect(http, NAME), http, clock, session)
