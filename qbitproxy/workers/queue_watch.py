"""Our own downloads that an Arr does not import, helped along or replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from msgspec import Struct

from qbitproxy.core.events import CheckAsked, Reported, StaleEvent
from qbitproxy.core.faults import Fault
from qbitproxy.core.queue_rules import RULES, Plight, QueueItem, QueueRule, Remedy, due, is_stuck, ours
from qbitproxy.core.torrent import Action, Ready, Torrent
from qbitproxy.files import DiskProblem, NotYet
from qbitproxy.library import UnknownTorrent
from qbitproxy.workers.hands import ArrHand, Hands
from qbitproxy.workers.pulse import Pulse

log = structlog.get_logger()

TICK = timedelta(seconds=10)


class Watching(Struct, frozen=True, kw_only=True):
    """How the queues are watched."""

    every: timedelta
    patience: timedelta  # with what may still mend itself
    rules: Sequence[QueueRule] = ()  # a person's own, before the usual ones


class _Waiting(Struct, frozen=True):
    """A torrent that waits for its import."""

    torrent: Torrent
    content: Path


class WatchQueues:
    """Asks each Arr that has a finished torrent of ours. What it remembers, it sees again after a restart."""

    def __init__(self, hands: Hands, pulse: Pulse, watching: Watching) -> None:
        self._hands, self._pulse, self._watching = hands, pulse, watching
        self._rules = (*watching.rules, *RULES)
        self._due: dict[str, datetime] = {}
        self._plights: dict[tuple[str, str], Plight] = {}  # by Arr and infohash

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._beat()
            for name, waiting in _by_arr(self._hands.library.all()).items():
                now = self._hands.clock.now()
                if self._due.get(name, now) <= now:
                    self._due[name] = now + self._watching.every
                    await self._look(name, waiting)
            await self._hands.clock.sleep(TICK)

    def _beat(self) -> None:
        self._pulse.beat("queues", timedelta(minutes=2))

    async def _look(self, name: str, waiting: Iterable[_Waiting]) -> None:
        hand = self._hands.arrs.hand(name)
        if hand is None:
            return
        try:
            items = await hand.arr.queue()
            for one in waiting:
                self._beat()
                for item in ours(items, one.torrent.infohash, one.torrent.category):
                    await self._help(name, hand, one, item)
        except Fault as fault:
            log.info("queue_not_seen", arr=name, detail=fault.detail)
            return
        stuck = {(name, item.infohash) for item in items if is_stuck(item)}
        self._plights = {key: each for key, each in self._plights.items() if key[0] != name or key in stuck}

    async def _help(self, name: str, hand: ArrHand, one: _Waiting, item: QueueItem) -> None:
        now, key = self._hands.clock.now(), (name, item.infohash)
        plight = self._plights.setdefault(key, Plight(now))
        match due(item, plight, self._rules, now, self._watching.patience):
            case Remedy.ANNOUNCE:
                self._plights[key] = _tried(plight, now)
                await self._announce(name, hand, one, item)
            case Remedy.BLOCK if hand.report and await self._is_readable(one):
                if await self._hands.reports.next_at(name, hand.report_limit, now) <= now:
                    self._plights[key] = _tried(plight, now)
                    await self._block(name, hand, one, item)

    async def _announce(self, name: str, hand: ArrHand, one: _Waiting, item: QueueItem) -> None:
        """What is gone from our disk is placed again, which tells the Arr once more by itself."""
        log.info("announced_again", arr=name, torrent=one.torrent.id, messages=item.messages)
        with suppress(StaleEvent, UnknownTorrent):
            await self._hands.library.record(one.torrent.id, CheckAsked())
            await hand.arr.refresh()

    async def _block(self, name: str, hand: ArrHand, one: _Waiting, item: QueueItem) -> None:
        """It is written down first: killed before the Arr is asked, it counts too often, never too seldom."""
        log.info("queue_item_blocked", arr=name, torrent=one.torrent.id, messages=item.messages)
        why = "; ".join(item.messages)[:200]
        outcome = f"{name} does not import it ({why}): blocked, another release is sought"
        with suppress(StaleEvent, UnknownTorrent):
            await self._hands.library.record(one.torrent.id, Reported(outcome, name))
            await self._hands.reports.told(name, self._hands.clock.now())
            await hand.arr.remove_from_queue(item, blocklist=True, search=True)

    async def _is_readable(self, one: _Waiting) -> bool:
        """Whether the fault may be the release's: files that cannot be read are nobody's to import."""
        try:
            files = await self._hands.disk.placed_files(one.content)
            return await self._hands.disk.unreadable(files) is None
        except (NotYet, DiskProblem):
            return False


def _tried(plight: Plight, now: datetime) -> Plight:
    return Plight(plight.since, plight.tried + 1, now)


def _by_arr(torrents: Iterable[Torrent]) -> dict[str, list[_Waiting]]:
    """The torrents that wait for their import, by the Arr that asked for them."""
    waiting: dict[str, list[_Waiting]] = {}
    for torrent in torrents:
        placed = torrent.request.action is not Action.NONE
        at_rest = torrent.round is None and not torrent.check_asked
        if isinstance(torrent.phase, Ready) and torrent.request.arr and placed and at_rest:
            one = _Waiting(torrent, Path(torrent.phase.content_path))
            waiting.setdefault(torrent.request.arr, []).append(one)
    return waiting
