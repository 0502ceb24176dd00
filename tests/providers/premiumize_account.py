"""One account at an emulated Premiumize."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from msgspec.structs import replace

from compat.emulators import bench
from compat.emulators.premiumize import Premiumize
from qbitproxy.core.ports import Provider
from qbitproxy.http import BoundHttp, connect
from qbitproxy.providers.premiumize import PROVIDER
from qbitproxy.settings import Secret
from tests.providers.account import NAME, ImpatientClock


class SharedClock(ImpatientClock):
    """The time of the service as well as ours."""

    def __init__(self) -> None:
        self.theirs = bench.ManualClock()
        super().__init__(datetime.fromtimestamp(self.theirs.now(), UTC))

    def advance(self, by: timedelta) -> None:
        super().advance(by)
        self.theirs.advance(by.total_seconds())


@asynccontextmanager
async def connected(
    pm: Premiumize, clock: SharedClock, *, key: str = "", **changes: object
) -> AsyncIterator[BoundHttp]:
    """HTTP bound to the account, unpaced; `changes` are to its HttpSpec."""
    given: dict[str, object] = {"burst": 10_000, "deadline": timedelta(seconds=5), "limits": ()}
    spec = replace(PROVIDER.http, **(given | changes))
    async with aiohttp.ClientSession() as session:
        yield connect(spec, NAME, pm.url, Secret(key or pm.token), session, clock)


@asynccontextmanager
async def an_account(
    service: Premiumize | None = None, *, clock: SharedClock | None = None, key: str = "", **changes: object
) -> AsyncIterator[tuple[Premiumize, Provider, SharedClock]]:
    """A running Premiumize with our adapter connected to it."""
    clock = clock or SharedClock()
    async with (
        service or Premiumize(clock=clock.theirs) as pm,
        connected(pm, clock, key=key, **changes) as http,
    ):
        yield pm, PROVIDER.connect(http, NAME), clock


@asynccontextmanager
async def restarted(pm: Premiumize, clock: SharedClock) -> AsyncIterator[Provider]:
    """An adapter of the same account that remembers nothing."""
    async with connected(pm, clock) as http:
        yield PROVIDER.connect(http, NAME)


def calls(pm: Premiumize) -> list[str]:
    """The calls since the log was cleared."""
    return [request.route for request in pm.requests]
