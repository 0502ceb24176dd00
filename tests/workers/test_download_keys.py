"""Keys of further accounts that only download."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from compat.content import SINTEL
from compat.emulators import alldebrid_wire, realdebrid_wire
from compat.emulators.alldebrid import AllDebrid
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers import PROVIDERS
from qbitproxy.roster import Roster
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.wiring import hands_of
from qbitproxy.workers.hands import Hands
from tests.providers.account import VIDEO, ImpatientClock, source_of
from tests.support import a_library

FIRST, SECOND = "not-a-real-key-of-the-first-guest", "not-a-real-key-of-the-second-guest"


@dataclass(frozen=True)
class Sharing:
    """A service at which a link may be downloaded with the key of any account."""

    emulator: type[RealDebrid] | type[AllDebrid]
    route: str  # by which it makes an address of a link
    wrong: Exception  # what it says to a key that it does not know
    spent: Exception  # what it says when the traffic of the day is used up

    @property
    def kind(self) -> str:
        return self.emulator.__name__.lower()


SHARING = [
    Sharing(
        RealDebrid,
        "POST /unrestrict/link",
        wrong=realdebrid_wire.Refused("bad_token"),
        spent=realdebrid_wire.Refused("traffic_exhausted"),
    ),
    Sharing(
        AllDebrid,
        "POST /v4/link/unlock",
        wrong=alldebrid_wire.Refused("AUTH_BAD_APIKEY"),
        spent=alldebrid_wire.Refused("LINK_HOST_LIMIT_REACHED"),
    ),
]
at_each = pytest.mark.parametrize("sharing", SHARING, ids=lambda sharing: sharing.kind)


@asynccontextmanager
async def two_guests(
    folder: Path, sharing: Sharing
) -> AsyncIterator[tuple[Any, Hands, RemoteFile, ImpatientClock]]:
    """An account that holds a file, with two further keys to download it by."""
    clock, service = ImpatientClock(), sharing.emulator()
    service.guests = {FIRST: None, SECOND: None}
    async with service, aiohttp.ClientSession() as session, a_library(folder, clock) as library:
        account = ProviderSettings(
            kind=sharing.kind,
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


def used(service: Any, sharing: Sharing) -> list[str]:
    """The keys that links were asked for with, in order."""
    asked = [request for request in service.requests if request.route == sharing.route]
    return [request.headers["Authorization"].removeprefix("Bearer ") for request in asked]


def test_every_service_that_shares_links_is_proved_here() -> None:
    sharing = {name for name, spec in PROVIDERS.items() if spec.shares_links}

    assert sharing == {proved.kind for proved in SHARING}


@at_each
async def test_downloads_go_by_the_download_key_and_everything_else_by_the_accounts_own(
    tmp_path: Path, sharing: Sharing
) -> None:
    async with two_guests(tmp_path, sharing) as (service, hands, file, _):
        await hands.link("main", file)

        assert used(service, sharing) == [FIRST]


@at_each
async def test_a_key_whose_traffic_is_used_up_gives_way_until_it_works_again(
    tmp_path: Path, sharing: Sharing
) -> None:
    async with two_guests(tmp_path, sharing) as (service, hands, file, clock):
        service.guests[FIRST] = sharing.spent
        await hands.link("main", file)
        await hands.link("main", file)
        assert used(service, sharing) == [FIRST, SECOND, SECOND]

        service.guests[FIRST] = None
        clock.advance(timedelta(minutes=16))
        await hands.link("main", file)

        assert used(service, sharing)[-1] == FIRST


@at_each
async def test_when_no_download_key_works_the_accounts_own_does(tmp_path: Path, sharing: Sharing) -> None:
    async with two_guests(tmp_path, sharing) as (service, hands, file, _):
        service.guests = {FIRST: sharing.wrong, SECOND: sharing.spent}

        await hands.link("main", file)

        assert used(service, sharing) == [FIRST, SECOND, service.token]
