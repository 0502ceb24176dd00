"""One account at the emulated Debrid-Link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
from msgspec.structs import replace

from compat.emulators.debridlink import DebridLink
from qbitproxy.core.ports import Provider
from qbitproxy.http import connect
from qbitproxy.providers.debridlink import PROVIDER
from qbitproxy.settings import Secret
from tests.providers.account import NAME, ImpatientClock
from tests.support import ManualClock


class SameClock:
    """The emulator's time is ours."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


@asynccontextmanager
async def an_account(
    service: DebridLink | None = None,
    *,
    clock: ImpatientClock | None = None,
    deadline: timedelta = timedelta(seconds=5),
) -> AsyncIterator[tuple[DebridLink, Provider, ImpatientClock]]:
    """A running Debrid-Link with our adapter connected to it; its limits are kept, its pace is not."""
    clock = clock or ImpatientClock()
    spec = replace(PROVIDER.http, burst=10_000, deadline=deadline)
    async with service or DebridLink() as dl, aiohttp.ClientSession() as session:
        http = connect(spec, NAME, dl.url, Secret(dl.token), session, clock)
        yield dl, PROVIDER.connect(http, NAME), clock
