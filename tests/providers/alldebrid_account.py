"""One AllDebrid account at the emulated service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
from msgspec.structs import replace

from compat.emulators.alldebrid import AllDebrid
from qbitproxy.core.ports import Provider
from qbitproxy.http import connect
from qbitproxy.providers.alldebrid import PROVIDER
from qbitproxy.settings import Secret
from tests.providers.account import NAME, ImpatientClock

STATUS = "POST /v4.1/magnet/status"
UPLOAD = "POST /v4/magnet/upload"
FILES = "POST /v4/magnet/files"
UNLOCK = "POST /v4/link/unlock"


@asynccontextmanager
async def an_account(
    service: AllDebrid | None = None,
    *,
    deadline: timedelta = timedelta(seconds=5),
    clock: ImpatientClock | None = None,
) -> AsyncIterator[tuple[AllDebrid, Provider, ImpatientClock]]:
    """A running AllDebrid with our adapter connected to it; paced by nothing but the limits."""
    clock = clock or ImpatientClock()
    spec = replace(PROVIDER.http, burst=10_000, deadline=deadline)
    async with service or AllDebrid() as ad, aiohttp.ClientSession() as session:
        yield ad, PROVIDER.connect(connect(spec, NAME, ad.url, Secret(ad.token), session, clock), NAME), clock


def calls(ad: AllDebrid) -> list[str]:
    return [request.route for request in ad.requests]
