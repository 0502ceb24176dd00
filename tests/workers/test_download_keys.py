"""Keys of further accounts that only download."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp

from compat.content import SINTEL
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.realdebrid_wire import Refused
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.roster import Roster
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.wiring import hands_of
from qbitproxy.workers.hands import Hands
from tests.providers.account import VIDEO, ImpatientClock, source_of
from tests.support import a_library

FIRST, SECOND = "not-a-real-key-of-the-first-guest", "not-a-real-key-of-the-second-guest"


@asynccontextmanager
async def two_guests(
    folder: Path,
) -> AsyncIterator[tuple[RealDebrid, Hands, RemoteFile, ImpatientClock]]:
    """An account that holds a file, with two further keys to download it by."""
    clock, service = ImpatientClock(), RealDebrid()
    service.guests = {FIRST: None, SECOND: None}
    async with service, aiohttp.ClientSession() as session, a_library(folder, clock) as library:
        account = ProviderSettings(
            kind="realdebrid",
            api_key=Secret(service.token),
            base_url=service.url,
            download_keys=(Secret(FIRST), Secret(SECOND)),
        )
        settings = Settings(
            providers={"main": account}, files=FilesSettings(download_root=str(folder / "downloads"))
        )
        roster = Roster(settings.arrs, settings.arr_learning, session, clock)
        hands = hands_of(settings, library, roster, session, clock)
        service.knows(SINTEL)
        item = await hands.connected("main").provider.submit(source_of(SINTEL), VIDEO)
        yield service, hands, (item.files or ())[0], clock


def used(service: RealDebrid) -> list[str]:
    """The keys that links were asked for with, in order."""
    asked = [request for request in service.requests if request.route == "POST /unrestrict/link"]
    return [request.headers["Authorization"].removeprefix("Bearer ") for request in asked]


async def test_downloads_go_by_the_download_key_and_everything_else_by_the_accounts_own(
    tmp_path: Path,
) -> None:
    async with two_guests(tmp_path) as (service, hands, file, _):
        await hands.link("main", file)

        assert used(service) == [FIRST]


async def test_a_key_whose_traffic_is_used_up_gives_way_until_it_works_again(tmp_path: Path) -> None:
    async with two_guests(tmp_path) as (service, hands, file, clock):
        service.guests[FIRST] = Refused("traffic_exhausted")
        await hands.link("main", file)
        await hands.link("main", file)
        assert used(service) == [FIRST, SECOND, SECOND]

        service.guests[FIRST] = None
        clock.advance(timedelta(minutes=16))
        await hands.link("main", file)

        assert used(service)[-1] == FIRST


async def test_when_no_download_key_works_the_accounts_own_does(tmp_path: Path) -> None:
    async with two_guests(tmp_path) as (service, hands, file, _):
        service.guests = {FIRST: Refused("bad_token"), SECOND: Refused("fair_usage_limit")}

        await hands.link("main", file)

        assert used(service) == [FIRST, SECOND, service.token]
