"""An Arr's whole acquaintance with its download client, one step after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from compat.clients.runs import TOYS, Run, Server, overheard
from compat.emulators import arr_check, lidarr, radarr, readarr, sonarr, whisparr
from compat.emulators.arr_client import ClientFault, Listed, QbitClient
from compat.emulators.arr_flavour import Flavour, InitialState
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_settings import ClientSettings
from compat.emulators.arr_torrent import Status
from compat.emulators.bench import SystemClock

PROWLARR = replace(sonarr.SONARR_V4, name="Prowlarr", version="2.3.6.5292", category="prowlarr")
"""Its download client is that of Sonarr, of which it uses the test and the grab.

Source: Prowlarr develop 0ffcfccf1, Download/Clients/QBittorrent, read 2026-08.
"""

ARRS = (lidarr, radarr, readarr, sonarr, whisparr)
FLAVOURS: Mapping[str, Flavour] = {
    f"{flavour.name} {flavour.version}": flavour
    for flavour in [*(each for arr in ARRS for each in arr.FLAVOURS.values()), PROWLARR]
}
FILM, SPARE = TOYS["film"], TOYS["spare"]
PATIENCE = 60.0  # seconds
BETWEEN_LOOKS = 0.1  # seconds
IMPORTED = "imported"


async def converse(flavour: Flavour, server: Server) -> Run:
    """Do all that an Arr of this flavour does. A step that fails tells the failure by its name."""
    async with overheard(server) as (url, ear):
        return Run(await _introduce(flavour, server, url), ear.calls)


async def _introduce(flavour: Flavour, server: Server, url: str) -> dict[str, Any]:
    clock = SystemClock()
    settings = ClientSettings(
        url=url,
        username=server.username,
        password=server.password,
        category=flavour.category,
        ratio_limit=2,
        seeding_time_limit=60,
    )
    client = QbitClient(flavour, settings, clock, timeout=100)
    eager = replace(settings, initial_state=InitialState.FORCE_START, priority_first=True, sequential=True)
    forced = QbitClient(flavour, eager, clock, timeout=100)
    wrong = QbitClient(flavour, replace(settings, password="wrong"), clock, timeout=100)
    try:
        return await _converse(client, forced, wrong, str(server.downloads))
    finally:
        for each in (client, forced, wrong):
            await each.close()


async def _converse(
    client: QbitClient, forced: QbitClient, wrong: QbitClient, downloads: str
) -> dict[str, Any]:
    outcomes: dict[str, Any] = {}

    async def step(name: str, call: Callable[[], Awaitable[Any]]) -> None:
        try:
            outcomes[name] = await call()
        except ClientFault as fault:
            outcomes[name] = {"raised": type(fault).__name__}

    async def test(tested: QbitClient) -> list[str]:
        return [failure.message for failure in await arr_check.test_conversation(tested)]

    async def listed() -> list[Any]:
        return [_seen(row, downloads) for row in sorted(await client.poll(), key=lambda row: row.title)]

    await step("test with a wrong password", lambda: test(wrong))
    await step("test", lambda: test(client))
    await step("test again", lambda: test(client))
    await step("grab a .torrent", lambda: client.grab(Offer.of(FILM, "torrent")))
    if client.flavour is not PROWLARR:
        outcomes["completed"] = await _until_completed(client)
    await step("grab a magnet, force started", lambda: forced.grab(Offer.of(SPARE)))
    if client.flavour is PROWLARR:
        return outcomes
    await step("refresh", listed)
    await step("set an unknown category", lambda: client.set_category(FILM.infohash, "nobody's"))
    await step("create the post-import category", lambda: client.create_category(IMPORTED))
    await step("set the post-import category", lambda: client.set_category(FILM.infohash, IMPORTED))
    await step("refresh after import", listed)
    await step("remove", lambda: client.delete(FILM.infohash))
    await step("remove what is gone", lambda: client.delete(FILM.infohash))
    await step("remove what was never finished", lambda: client.delete(SPARE.infohash))
    await step("refresh at the end", listed)
    return outcomes


async def _until_completed(client: QbitClient) -> str:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while loop.time() < deadline:
        rows = {row.download_id: row for row in await client.poll()}
        film = rows.get(FILM.infohash.upper())
        if film is not None and film.status is Status.COMPLETED:
            return "came about"
        await asyncio.sleep(BETWEEN_LOOKS)  # noqa: TID251 - as often as a person presses Refresh
    return "never came about"


def _seen(row: Listed, downloads: str) -> dict[str, Any]:
    """What an Arr makes of a row; of its path whether it is one below the client's folder."""
    return {
        "download id": row.download_id,
        "title": row.title,
        "category": row.category,
        "size": row.size,
        "remaining": row.remaining,
        "status": row.status.name,
        "message": row.message,
        "in the folder": row.status is Status.COMPLETED and row.output_path.startswith(f"{downloads}/"),
        "rests past its limit": row.rests_past_limit,
    }
