"""What using an account leaves in it beside the torrents: only some services keep such lists."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from qbitproxy.core.calls import Http
from qbitproxy.core.faults import Missing
from qbitproxy.providers.realdebrid_wire import short_link

NEWEST = 100


class _Download(Struct, frozen=True):
    id: str
    link: str


class RealDebridDownloads:
    """Every link made good is listed under "Downloads", the newest first."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._before: frozenset[str] = frozenset()

    async def look(self) -> bool:
        """Remember what is there; true once that is done."""
        self._before = frozenset(download.id for download in await self._listed())
        return True

    async def wipe(self, links: Collection[str]) -> None:
        """Remove what came of `links` since then."""
        ours = {short_link(link) for link in links}
        for download in await self._listed():
            if download.id not in self._before and short_link(download.link) in ours:
                try:
                    await self._http.call("DELETE", f"downloads/delete/{download.id}")
                except Missing:
                    continue

    async def _listed(self) -> list[_Download]:
        listed: list[_Download] = await self._http.call(
            "GET", "downloads", list[_Download], query={"limit": NEWEST, "page": 1}, empty=[]
        )
        return listed


def traces_of(kind: str, http: Http) -> RealDebridDownloads | None:
    """What there is to wipe at a kind of service; None where only torrents are listed."""
    return RealDebridDownloads(http) if kind == "realdebrid" else None
