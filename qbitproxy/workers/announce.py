"""What happened, told to Arrs and callbacks from behind the journal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog
from msgspec.structs import replace

from qbitproxy.core.events import Added, Broke, GaveUp, Seen, evolve
from qbitproxy.core.faults import Fault
from qbitproxy.core.torrent import Torrent
from qbitproxy.library import JournalLine, Library
from qbitproxy.notifiers.callback import Callback, payload
from qbitproxy.outbox import Delivery, Outbox
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.pulse import Pulse

log = structlog.get_logger()

READER = "announce"
TICK, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)

OWN_LOOK = timedelta(seconds=5)
"""How long after a grab an Arr looks at its download clients by itself.

Source: Sonarr 4.0, DownloadMonitoringService.cs, 2026-06: a grab asks for a refresh, put together over 5 s.
"""


@dataclass(frozen=True, kw_only=True)
class CallbackPolicy:
    """Whom to tell when an add named nobody, how long to keep trying."""

    url: str  # "" for nobody
    give_up: timedelta


class Announce:
    """Reads the journal behind its own cursor: at least once, also after a restart."""

    def __init__(
        self, hands: Hands, pulse: Pulse, outbox: Outbox, callback: Callback, policy: CallbackPolicy
    ) -> None:
        self._hands, self._pulse, self._outbox = hands, pulse, outbox
        self._callback, self._policy = callback, policy

    async def run(self) -> None:
        """Announce until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read())
            group.create_task(self._deliver())

    async def _read(self) -> None:
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
            if not isinstance(line.event, Seen | GaveUp | Broke):
                continue
            torrent = await as_of(line, self._hands.library)
            url = torrent.request.callback_url or self._policy.url
            if url:
                body = payload(torrent, line.seq, line.at)
                deliveries.append(Delivery(journal_seq=line.seq, url=url, payload=body, due=line.at))
        return deliveries

    async def _deliver(self) -> None:
        longest = MINUTE + self._callback.deadline
        while True:
            self._pulse.beat("announce", longest)
            for delivery in await self._outbox.due(self._hands.clock.now()):
                await self._outbox.settle(await self._try(delivery))
                self._pulse.beat("announce", longest)
            await self._hands.clock.sleep(TICK)

    async def _try(self, delivery: Delivery) -> Delivery:
        attempts = delivery.attempts + 1
        try:
            await self._callback.deliver(delivery.url, delivery.payload)
        except Fault as fault:
            wait = min(FIRST_RETRY * 2 ** min(attempts - 1, 20), LONGEST_RETRY)
            if attempts * wait > self._policy.give_up:
                log.warning("callback_given_up", journal_line=delivery.journal_seq, detail=fault.detail)
                return replace(delivery, attempts=attempts, due=None, outcome=f"given up: {fault.detail}")
            due = self._hands.clock.now() + wait
            return replace(delivery, attempts=attempts, due=due, outcome=f"waiting: {fault.detail}")
        return replace(delivery, attempts=attempts, due=None, outcome="delivered")


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
