"""Download links of AllDebrid, some of which take a while to be made.

Source: docs.alldebrid.com, v4 link/unlock and link/delayed, August 2025.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.calls import Http, Purpose
from qbitproxy.core.faults import Busy, Missing, Unreachable
from qbitproxy.core.ports import Link
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.alldebrid_wire import MADE, MAKING, Answer, Delayed, Unlocked

SHORTEST_WAIT = 5.0  # seconds between looks for a link that is being made
LONGEST_MAKING = timedelta(minutes=10)
"""A link that is not there after this long is asked for anew."""

MOST_CONNECTIONS = 4
"""Parallel ranges of one file. Source: decypharr #258, 2026-04: many more ended in answers 429."""


class Making(Struct, frozen=True):
    """A link that the service has begun to make."""

    unlocked: Unlocked
    since: float  # monotonic seconds


class Links:
    """Unlocks the links of one account's files."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._making: dict[str, Making] = {}  # by the link of the file

    async def link(self, file: RemoteFile) -> Link:
        """What `core.ports.Provider` promises; Busy while the link is being made."""
        unlocked = await self._unlocked(file.link)
        if unlocked.filesize and file.size and unlocked.filesize != file.size:
            detail = f"{file.path} is {unlocked.filesize} bytes there, not {file.size}"
            raise Missing(self._name, detail)
        connections = min(max(unlocked.max_chunks, 1), MOST_CONNECTIONS)
        return Link(url=unlocked.link, size=unlocked.filesize, connections=connections)

    async def _unlocked(self, link: str) -> Unlocked:
        making = self._making.pop(link, None)
        now = self._http.clock.monotonic()
        if making is None or now - making.since > LONGEST_MAKING.total_seconds():
            answer: Answer[Unlocked] = await self._http.call(
                "POST", "v4/link/unlock", Answer[Unlocked], form={"link": link}, purpose=Purpose.LINK
            )
            if answer.data.link:
                return answer.data
            if not answer.data.delayed:
                raise Unreachable(self._name, "it unlocked a file without a link")
            making = Making(answer.data, now)
        return await self._made(link, making)

    async def _made(self, link: str, making: Making) -> Unlocked:
        form = {"id": making.unlocked.delayed}
        answer: Answer[Delayed] = await self._http.call(
            "POST", "v4/link/delayed", Answer[Delayed], form=form, purpose=Purpose.LINK
        )
        delayed = answer.data
        if delayed.status == MADE and delayed.link:
            return replace(making.unlocked, link=delayed.link)
        if delayed.status != MAKING:
            raise Unreachable(self._name, "it could not make the link")
        self._making[link] = making
        raise Busy(self._name, "the link is being made", retry_after=max(delayed.time_left, SHORTEST_WAIT))
