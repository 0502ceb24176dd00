"""What happened, told to Arrs and callbacks from behind the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from qbitproxy.core.events import Added, Broke, GaveUp, Seen, evolve
from qbitproxy.core.faults import Fault
from qbitproxy.core.notices import notice_of
from qbitproxy.core.torrent import Torrent
from qbitproxy.library import JournalLine, Library
from qbitproxy.notifiers.callback import kind_of, payload, receiver_of
from qbitproxy.outbox import Delivery, Outbox
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.notices import Notices

log = structlog.get_logger()

READER = "announce"

OWN_LOOK = timedelta(seconds=5)
"""How long after a grab an Arr looks at its download clients by itself.

Source: Sonarr 4.0, DownloadMonitoringService.cs, 2026-06: a grab asks for a refresh, put together over 5 s.
"""


@dataclass(frozen=True, kw_only=True)
class CallbackUrls:
    """Whom to tell when an add named nobody; "" for nobody."""

    usual: str
    by_arr: Mapping[str, str]  # by an Arr's name

    def url_for(self, torrent: Torrent) -> str:
        """The add's own, else its Arr's, else the usual one."""
        request = torrent.request
        return request.callback_url or self.by_arr.get(request.arr) or self.usual


class Announce:
    """Reads the journal behind its own cursor: at least once, also after a restart."""

    def __init__(self, hands: Hands, outbox: Outbox, urls: CallbackUrls, notices: Notices) -> None:
        self._hands, self._outbox, self._urls, self._notices = hands, outbox, urls, notices

    async def run(self) -> None:
        """Announce until cancelled."""
        library = self._hands.library
        done = await library.cursor(READER)
        while True:
            version = library.version
            lines = await library.journal(done)
            for line in lines:
                await self._tell(line)
                done = line.seq
            if lines:
                await self._outbox.queue(await self._deliveries(lines), READER, done)
            else:
                await library.changed(version)

    async def _tell(self, line: JournalLine) -> None:
        """Nudge the Arr that waits for what just became ready: it would look within a minute anyway.

        Not right after the grab: then it looks by itself, once it has filed the grab. Before that it would
        take the torrent for a stranger's.
        """
        torrent = self._hands.library.get(line.torrent)
        if not isinstance(line.event, Seen) or torrent is None or line.at - torrent.added_at < OWN_LOOK:
            return
        arr = self._hands.arrs.hand(torrent.request.arr)
        if arr is None or not arr.refresh:
            return
        try:
            await arr.arr.refresh()
        except Fault as fault:
            log.info("arr_not_nudged", arr=torrent.request.arr, detail=fault.detail)

    async def _deliveries(self, lines: list[JournalLine]) -> list[Delivery]:
        deliveries: list[Delivery] = []
        for line in lines:
            if isinstance(line.event, Seen | GaveUp | Broke):
                torrent = await as_of(line, self._hands.library)
                if torrent.request.origin == "repair":  # its job tells what came of it
                    continue
                event_id = f"{torrent.infohash}-{line.seq}"
                if url := self._urls.url_for(torrent):
                    deliveries.append(_webhook(torrent, event_id, line.at, url))
                deliveries += self._notices.deliveries(event_id, notice_of(torrent, line.at), torrent.id)
        return deliveries


def _webhook(torrent: Torrent, event_id: str, at: datetime, url: str) -> Delivery:
    return Delivery(
        event_id=event_id,
        torrent=torrent.id,
        kind=kind_of(torrent),
        receiver=receiver_of(url),
        url=url,
        payload=payload(torrent, event_id, at),
        created=at,
        due=at,
    )


async def as_of(line: JournalLine, library: Library) -> Torrent:
    """The torrent as it was right after `line`, replayed from its own history."""
    torrent: Torrent | None = None
    for past in await library.history(line.torrent):
        if isinstance(past.event, Added):
            torrent = past.event.torrent
        elif torrent is not None:
            torrent = evolve(torrent, past.event, past.at)
        if past.seq == line.seq:
            break
    if torrent is None:
        raise LookupError(f"journal line {line.seq} has no beginning")
    return torrent
